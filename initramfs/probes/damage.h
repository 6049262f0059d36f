/*
 * Seeded damage to an image, the same each time: single bits, bytes, whole sectors, and two sectors that changed places.
 */
#pragma once

#include "storage.h"

enum { SECTOR = 512, MOST_IMAGE_BYTES = 8 << 20 };

static byte image[MOST_IMAGE_BYTES], pristine[MOST_IMAGE_BYTES];
static long image_bytes;

/* One hit of eight is anywhere, one in the first sectors, where what says it all stands; the others are where the structures lie. */
static long place(unsigned long *state, long structures) {
  unsigned long random = next_random(state);
  long room = random % 8 == 0 ? image_bytes : random % 8 == 1 ? 6 * SECTOR : structures;
  return (long)((random >> 8) % (unsigned long)room);
}

/* Makes `image` from `pristine`; `structures` bytes at its start hold most of what matters. */
static inline void damage(unsigned long seed, long structures) {
  unsigned long state = (seed + 1) * 0x9e3779b97f4a7c15ul;
  memcpy(image, pristine, (size)image_bytes);
  for (long hits = 1 + (long)(next_random(&state) % 16); hits > 0; hits--) {
    unsigned long kind = next_random(&state) % 8, value = next_random(&state);
    long at = place(&state, structures), sector = at / SECTOR * SECTOR;
    if (kind < 3) image[at] ^= (byte)(1 << value % 8);
    else if (kind < 5) image[at] = (byte)value;
    else if (kind == 5) memset(image + sector, value % 2 ? 0 : 0xff, SECTOR);
    else if (kind == 6) fill_randomly((unsigned long *)(image + sector), SECTOR, value);
    else {
      long other = place(&state, structures) / SECTOR * SECTOR;
      memcpy(image + sector, pristine + other, SECTOR);
      memcpy(image + other, pristine + sector, SECTOR);
    }
  }
}

/* Reads the disk into `pristine`; how many bytes it has. */
static inline long load_pristine(const char *disk) {
  long file = open_file(disk, O_RDONLY), count;
  image_bytes = 0;
  while (image_bytes < MOST_IMAGE_BYTES && (count = read_at(file, pristine + image_bytes, MOST_IMAGE_BYTES - image_bytes, image_bytes)) > 0)
    image_bytes += count;
  close_file(file);
  return image_bytes;
}

/* Writes an image to the disk, or as much of it as goes there; how much. */
static inline long store_image(const char *disk, const byte *from) {
  long file = open_file(disk, O_WRONLY), done = 0, count;
  while (done < image_bytes && (count = write_at(file, from + done, image_bytes - done, done)) > 0) done += count;
  sys(SYS_fsync, file);
  close_file(file);
  return done;
}

/* The program's argument of that number, in decimal; -1 where there is none. */
static inline long argument(unsigned long number) {
  if (start_stack[0] <= number) return -1;
  long value = 0;
  for (const char *at = (const char *)start_stack[1 + number]; *at >= '0' && *at <= '9'; at++) value = value * 10 + *at - '0';
  return value;
}

/* Into the kernel's log, so that a report has it right before it. */
static inline void log_seed(const char *what, long seed) {
  struct line line = {.length = 0};
  long log = open_file("/dev/kmsg", O_WRONLY);
  put_integer(put(put(&line, what), ", seed "), seed);
  sys(SYS_write, log, line.text, line.length);
  close_file(log);
}
