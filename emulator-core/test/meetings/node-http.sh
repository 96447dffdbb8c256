node -e '
const http = require("http");
const server = http.createServer((_, answer) => answer.end("page\n")).listen("socket", async () => {
  for (let i = 0; i < 3; i++)
    await new Promise(done => http.get({ socketPath: "socket" }, answer => { answer.pipe(process.stdout); answer.on("end", done); }));
  server.close(); server.closeAllConnections();
});'
