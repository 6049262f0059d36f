/** Names of the virtio serial ports, as the guest finds them in /sys/class/virtio-ports: the one with the shell, and the one for captured output. */
export const sideShellPort = 'bringup.shell';
export const sideDataPort = 'bringup.data';
