"""Visitors of a campaign: four of five submissions to one look at the page. docs/load.md says how it is run."""

import random
import uuid

from locust import FastHttpUser, between, task


class Visitor(FastHttpUser):
    # As people do. LOCUST_... settings say how many there are; for a rate of your own see load.js.
    wait_time = between(0.5, 2.5)

    def on_start(self):
        # Believed where the API trusts whoever sends it (TRUSTED_PROXIES), and then limits count visitors, not machines.
        self.visitor = {"X-Forwarded-For": f"100.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(1, 254)}"}

    @task(80)
    def submit(self):
        phone = f"+98912{random.randrange(10**7):07d}"
        headers = {**self.visitor, "Idempotency-Key": str(uuid.uuid4())}
        with self.client.post("/api/leads", json={"phone": phone}, headers=headers, catch_response=True) as answer:
            # 200 is a number that was drawn twice.
            if answer.status_code in (200, 202):
                answer.success()
            else:
                answer.failure(f"{answer.status_code} {answer.text or ''}"[:200])

    @task(20)
    def page(self):
        self.client.get("/", headers=self.visitor, name="/")
