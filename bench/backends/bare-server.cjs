// The least that a Node HTTP server costs: what S19 compares the agent's start and memory with.
// argv: port

const { createServer } = require('node:http');

createServer((request, response) => {
  request.resume();
  response.end('{}');
}).listen(Number(process.argv[2]), '127.0.0.1');
