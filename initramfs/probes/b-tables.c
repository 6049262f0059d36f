/*
 * Proves: a partition table that is damaged at random does the kernel no harm: it finds partitions or none, which can be read or not,
 * and a sound table afterwards is read as before. /dev/vda holds a GPT and /dev/vdb an MBR, of three
 * partitions at least; /dev/vdc is as large, to be overwritten. Arguments: the first seed, and how many.
 * Spec: phases.md B (damaged partition tables); UEFI specification, "GUID Partition Table (GPT) Disk Layout"; ioctl BLKRRPART (linux/fs.h).
 * System calls: openat, pread64, pwrite64, write, fsync, ioctl, nanosleep, close.
 */
#include "damage.h"

enum { STRUCTURES = 34 * SECTOR, MOST_PARTITIONS = 16 };

static const char *partition(struct line *path, int number) {
  path->length = 0;
  put_integer(put(path, "/dev/vdc"), number);
  path->text[path->length] = 0;
  return path->text;
}

/* Has the kernel read the table anew; 0 or an error. */
static long read_table(void) {
  long disk = open_file("/dev/vdc", O_RDONLY);
  long answer = sys(SYS_ioctl, disk, BLKRRPART, 0);
  close_file(disk);
  return answer;
}

/* How many partitions there are; each is read at its start, and at its end. */
static long read_partitions(void) {
  static byte sector[SECTOR];
  struct line path;
  long found = 0;
  for (int number = 1; number <= MOST_PARTITIONS; number++) {
    long file = open_file(partition(&path, number), O_RDONLY);
    if (file < 0) continue;
    found++;
    read_at(file, sector, SECTOR, 0);
    long end = seek(file, 0, SEEK_END);
    if (end >= SECTOR) read_at(file, sector, SECTOR, end - SECTOR);
    close_file(file);
  }
  return found;
}

static long partitions_of(const byte *table) {
  if (store_image("/dev/vdc", table) != image_bytes) return -1;
  long answer = read_table();
  return answer == 0 ? read_partitions() : answer;
}

static void all_of(const char *disk, const char *id_sound, const char *id_again, long first, long count) {
  long with_partitions = 0;
  load_pristine(disk);
  long sound = partitions_of(pristine);
  expect_true(id_sound, sound >= 3, "at least 3 partitions", sound);
  for (long seed = first; seed < first + count; seed++) {
    log_seed("damaged table", seed);
    damage((unsigned long)seed, STRUCTURES);
    with_partitions += partitions_of(image) > 0;
  }
  metric("damaged_tables_with_partitions", with_partitions);
  expect_equal(id_again, partitions_of(pristine), sound);
}

PROBE("b-tables") {
  long first = argument(1), count = argument(2);
  expect_true("b.tables.asked", count > 1, "a number of tables as the second argument", count);
  all_of("/dev/vda", "b.tables.gpt", "b.tables.gpt-again", first, count / 2);
  all_of("/dev/vdb", "b.tables.mbr", "b.tables.mbr-again", first + count / 2, count - count / 2);
}
