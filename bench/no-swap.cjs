// Preloaded into an agent (`node --require`): a node in which accepted sockets cannot be made again, as the lanes' self-test must notice.
const net = require('node:net');

const { Socket } = net;
net.Socket = function (options) {
  if (options?.onread && options.handle) throw new Error('switched off for this run');
  return Reflect.construct(Socket, [options], new.target ?? Socket);
};
net.Socket.prototype = Socket.prototype;
