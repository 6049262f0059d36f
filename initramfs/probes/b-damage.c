/*
 * Proves: an ext2 image that is damaged, in known ways or at random, is refused or mounted, can be walked and written as far as it goes,
 * and unmounted; a sound one afterwards is as sound as before. /dev/vda holds a sound image, /dev/vdb is as large and /dev/vdc half
 * as large, to be overwritten. Arguments: the first seed, and how many.
 * Spec: phases.md B (unknown incompatible features, wrong magic, truncated image, images with random damage); ext2's superblock:
 * Linux, Documentation/filesystems/ext4/super.rst.
 * System calls: openat, pread64, pwrite64, write, fsync, mount, umount2, getdents64, statx, readlinkat, mkdirat, unlinkat, renameat2, close.
 */
#include "damage.h"

enum { SUPERBLOCK = 1024, MAGIC = SUPERBLOCK + 0x38, INCOMPATIBLE = SUPERBLOCK + 0x60, READ_ONLY_COMPATIBLE = SUPERBLOCK + 0x64 };
enum { STRUCTURES = 192 * 1024, MOST_DEPTH = 6, MOST_ENTRIES = 400, MOST_READ = 128 * 1024, MNT_DETACH = 2 };

static long mount_disk(const char *disk, long flags) {
  return sys(SYS_mount, disk, "/mnt", "ext2", flags, "errors=continue");
}

struct record {
  unsigned long inode, offset;
  unsigned short bytes;
  byte kind;
  char name[];
};

static byte listings[MOST_DEPTH][4096], content[4096];
static long entries;

static void read_some(const char *path) {
  long file = open_file(path, O_RDONLY | O_NONBLOCK);
  if (file < 0) return;
  for (long at = 0; at < MOST_READ; at += (long)sizeof content)
    if (read_at(file, content, sizeof content, at) <= 0) break;
  close_file(file);
}

/* Looks at everything below the folder, as far as it can be looked at. */
static void walk(char *path, long length, int depth) {
  long folder = open_file(path, O_RDONLY | O_DIRECTORY), count;
  if (folder < 0) return;
  for (; entries < MOST_ENTRIES && (count = sys(SYS_getdents64, folder, listings[depth], sizeof listings[depth])) > 0;)
    for (long at = 0; at < count && entries < MOST_ENTRIES; at += ((struct record *)(listings[depth] + at))->bytes) {
      const struct record *record = (const struct record *)(listings[depth] + at);
      long end = length;
      entries++;
      path[end++] = '/';
      for (const char *name = record->name; *name != 0; name++) path[end++] = *name;
      path[end] = 0;
      struct statx found = look_at(path);
      sys(SYS_readlinkat, AT_FDCWD, path, content, sizeof content);
      if ((found.mode & S_IFMT) == S_IFREG) read_some(path);
      int is_itself = record->name[0] == '.' && (record->name[1] == 0 || record->name[1] == '.');
      if ((found.mode & S_IFMT) == S_IFDIR && !is_itself && depth + 1 < MOST_DEPTH) walk(path, end, depth + 1);
      path[length] = 0;
    }
  close_file(folder);
}

/* Whatever these answer. */
static void change_something(void) {
  long file = open_file("/mnt/new", O_RDWR | O_CREAT);
  write_at(file, image, 20000, 0);
  sys(SYS_fsync, file);
  close_file(file);
  make_folder("/mnt/new-folder");
  rename_file("/mnt/new", "/mnt/new-folder/new");
  make_file("/mnt/new-2", "2");
  remove_file("/mnt/new-2");
}

/* 1 where it was mounted, else 0; negative where it can't be unmounted. */
static long try_image(const char *disk, long flags) {
  static char path[MOST_DEPTH * 260 + 8];
  if (mount_disk(disk, flags) != 0) return 0;
  entries = 0;
  memcpy(path, "/mnt", 5);
  walk(path, 4, 0);
  change_something();
  long unmounted = sys(SYS_umount2, "/mnt", 0);
  if (unmounted != 0) sys(SYS_umount2, "/mnt", MNT_DETACH);
  return unmounted == 0 ? 1 : unmounted;
}

static long mount_changed(long offset, byte bits, long flags) {
  memcpy(image, pristine, (size)image_bytes);
  image[offset] ^= bits;
  store_image("/dev/vdb", image);
  long mounted = mount_disk("/dev/vdb", flags);
  if (mounted == 0) sys(SYS_umount2, "/mnt", 0);
  return mounted;
}

static void sound(const char *id_mounts, const char *id_holds) {
  store_image("/dev/vdb", pristine);
  expect_equal(id_mounts, mount_disk("/dev/vdb", 0), 0);
  expect_equal(id_holds, holds("/mnt/folder/file", "sound\n"), 1);
  sys(SYS_umount2, "/mnt", 0);
}

PROBE("b-damage") {
  long first = argument(1), count = argument(2), mounted = 0, stuck = 0;
  expect_true("b.damage.image", load_pristine("/dev/vda") > STRUCTURES, "an image", image_bytes);
  expect_equal("b.damage.image-magic", pristine[MAGIC] | pristine[MAGIC + 1] << 8, 0xef53);
  sound("b.damage.sound-mounts", "b.damage.sound-holds");
  expect_equal("b.damage.wrong-magic", mount_changed(MAGIC, 0xff, 0), -EINVAL);
  expect_equal("b.damage.unknown-incompatible", mount_changed(INCOMPATIBLE + 3, 0x40, 0), -EINVAL);
  expect_equal("b.damage.unknown-incompatible-read-only", mount_changed(INCOMPATIBLE + 3, 0x40, MS_RDONLY), -EINVAL);
  expect_true("b.damage.unknown-for-writing", mount_changed(READ_ONLY_COMPATIBLE + 3, 0x40, 0) < 0, "an error", 0);
  expect_equal("b.damage.unknown-for-writing-read-only", mount_changed(READ_ONLY_COMPATIBLE + 3, 0x40, MS_RDONLY), 0);
  expect_equal("b.damage.half", store_image("/dev/vdc", pristine), image_bytes / 2);
  expect_equal("b.damage.truncated", mount_disk("/dev/vdc", 0), -EINVAL);
  for (long seed = first; seed < first + count; seed++) {
    log_seed("damaged image", seed);
    damage((unsigned long)seed, STRUCTURES);
    store_image("/dev/vdb", image);
    long tried = try_image("/dev/vdb", 0);
    mounted += tried == 1;
    stuck += tried < 0;
  }
  metric("damaged_images_tried", count);
  metric("damaged_images_mounted", mounted);
  expect_true("b.damage.tried", count > 0, "a number of images as the second argument", count);
  expect_equal("b.damage.unmounted", stuck, 0);
  sound("b.damage.sound-again-mounts", "b.damage.sound-again-holds");
}
