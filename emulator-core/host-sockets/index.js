const { Network, errorName, interfaces } = require('./host-sockets.node')

const Ready = Object.freeze({ INPUT: 1, OUTPUT: 2, PRIORITY: 4, ERROR: 8, HANG_UP: 16, INPUT_ENDS: 32 })
const Flag = Object.freeze({ PEEK: 1, URGENT: 2, WHOLE_LENGTH: 4, MORE: 8 })
const Control = Object.freeze({
  PACKET_INFO: 1,
  TYPE_OF_SERVICE: 2,
  TIME_TO_LIVE: 3,
  PACKET_INFO_6: 4,
  TRAFFIC_CLASS: 5,
  HOPS: 6,
})

module.exports = { Network, errorName, interfaces, Ready, Flag, Control }
