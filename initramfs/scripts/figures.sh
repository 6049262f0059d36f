#!/bin/sh
# PID 1: runs the programs of phase E that print figures, one after the other, and ends the machine.
[ -e /dev/urandom ] || mount -t devtmpfs dev /dev
for program in /probes/*; do
  "$program" || echo "FIGURES FAILED $program $?"
done
echo FIGURES COMPLETE
poweroff -f
