# What happens before libuv asks for the queue is never told: it asks only when its loop begins.
mkdir d; node -e '
const fs = require("fs");
const watcher = fs.watch("d", (type, name) => { console.log(type, name); watcher.close(); });
fs.writeFileSync("d/a", "1");
fs.mkdirSync("d/sub");
setTimeout(() => { console.log("nothing was told"); process.exit(); }, 3000).unref();'
