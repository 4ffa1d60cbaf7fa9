// Run once by the mongo image, on an empty volume: the user that writes the request log and may do nothing else.
const { readFileSync } = require('node:fs')

const file = process.env.MONGO_PASSWORD_FILE
db.getSiblingDB('landfast').createUser({
  user: 'landfast',
  pwd: file ? readFileSync(file, 'utf8').trim() : process.env.MONGO_PASSWORD,
  roles: [{ role: 'readWrite', db: 'landfast' }],
})
