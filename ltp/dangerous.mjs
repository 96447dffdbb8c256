// What is not run, because natively, and as root, they would do harm to the machine that they run on.

/** By group or test, what is wrong with it. A private mount, host name, IPC and process namespace does not keep these in. */
export const DANGEROUS = {
  acct: 'switches process accounting of the whole machine',
  adjtimex: "changes the speed of the machine's clock",
  clock_adjtime: "changes the speed of the machine's clock",
  clock_settime: "sets the machine's clock",
  delete_module: 'takes modules out of the kernel',
  finit_module: 'puts modules into the kernel',
  init_module: 'puts modules into the kernel',
  ioperm: "reaches for the machine's ports",
  iopl: "reaches for the machine's ports",
  kexec_load: 'starts another kernel',
  leapsec01: "sets the machine's clock to the end of a day",
  quotactl: 'switches disk quotas',
  reboot: 'stops the machine, or changes what Ctrl-Alt-Del does',
  settimeofday: "sets the machine's clock",
  stime: "sets the machine's clock",
  swapoff: 'swaps',
  swapon: 'swaps',
  syslog: "clears the kernel's messages and changes which are shown",
  vhangup: 'hangs up the terminal',
}
