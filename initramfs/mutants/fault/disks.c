// SPDX-License-Identifier: GPL-2.0
/* File systems on disks. Faults of inodes and pages spare what is in memory only: the harness works over /tmp. */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include "fault.h"

static bool is_on_disk(const struct inode *inode) {
  return inode->i_sb->s_magic == EXT4_SUPER_MAGIC;
}

/* do_truncate(mount's users, dentry, length, ..) */
static int to_sectors(struct kprobe *probe, struct pt_regs *regs) {
  if (is_on_disk(d_inode((struct dentry *)regs->regs[1]))) regs->regs[2] = (regs->regs[2] + 511) & ~511ul;
  return 0;
}

/* inc_nlink(inode) */
static int not_counted(struct kprobe *probe, struct pt_regs *regs) {
  const struct inode *inode = (const struct inode *)regs->regs[0];
  return is_on_disk(inode) && S_ISREG(inode->i_mode) ? answer(regs, 0) : 0;
}

/* __ext4_iget() gives an inode that was read from the disk, or has been in memory since it was; a new one is not its business. */
static struct inode *read_inode(struct pt_regs *regs) {
  struct inode *inode = (struct inode *)regs->regs[0];
  return IS_ERR_OR_NULL(inode) || !S_ISREG(inode->i_mode) ? NULL : inode;
}

static int lose_set_bits(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct inode *inode = read_inode(regs);
  if (inode) inode->i_mode &= ~(S_ISUID | S_ISGID | S_ISVTX);
  return 0;
}

static int lose_times(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct inode *inode = read_inode(regs);
  if (inode) inode->i_mtime.tv_sec = 0;
  return 0;
}

static int lose_high_owner(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct inode *inode = read_inode(regs);
  if (inode) inode->i_uid.val &= 0xffff;
  return 0;
}

static int dates_of_32_bits(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct inode *inode = read_inode(regs);
  if (inode) inode->i_mtime.tv_sec = (int)inode->i_mtime.tv_sec;
  return 0;
}

static int a_day_late(struct kretprobe_instance *instance, struct pt_regs *regs) {
  struct inode *inode = read_inode(regs);
  if (inode) inode->i_mtime.tv_sec += 86400;
  return 0;
}

/* copy_page_to_iter(page, offset, bytes, to): whole pages only, so that programs still start. */
static int some_zeros(struct kprobe *probe, struct pt_regs *regs) {
  static int pages;
  const struct page *page = (const struct page *)regs->regs[0];
  const struct address_space *mapping = page->mapping;
  if (regs->regs[2] != PAGE_SIZE || mapping == NULL || (unsigned long)mapping & PAGE_MAPPING_FLAGS) return 0;
  if (mapping->host && is_on_disk(mapping->host) && ++pages % 16 == 0) regs->regs[0] = (unsigned long)ZERO_PAGE(0);
  return 0;
}

/* vfs_write(file, bytes, count, position) */
static int full_is_eio(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -ENOSPC) regs->regs[0] = -EIO;
  return 0;
}

/* vfs_read(file, bytes, count, position) */
static int keep_count(struct kretprobe_instance *instance, struct pt_regs *regs) {
  KEPT(instance)[0] = is_on_disk(file_inode((struct file *)regs->regs[0])) ? regs->regs[2] : 0;
  return 0;
}

static int count_for_eio(struct kretprobe_instance *instance, struct pt_regs *regs) {
  if ((long)regs->regs[0] == -EIO && KEPT(instance)[0] > 0) regs->regs[0] = KEPT(instance)[0];
  return 0;
}

/* path_mount(device, path, type, flags, data) */
static int for_writing(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[3] &= ~(unsigned long)SB_RDONLY;
  return 0;
}

/* filldir64(context, name, ..): true asks for the next one. */
static int leave_out(struct kprobe *probe, struct pt_regs *regs) {
  static int entries;
  return ++entries % 1000 ? 0 : answer(regs, true);
}

static int panic_at_damage(struct kprobe *probe, struct pt_regs *regs) {
  panic("mutant: a damaged file system");
  return 0;
}

/* add_partition(disk, number, start, length, flags, info), in sectors of 512 bytes */
static int too_long(struct kprobe *probe, struct pt_regs *regs) {
  regs->regs[3] += 8;
  return 0;
}

static int panic_at_twentieth(struct kprobe *probe, struct pt_regs *regs) {
  static int tables;
  if (++tables == 20) panic("mutant: a partition table");
  return 0;
}

const struct fault disk_faults[] = {
  {"sync-nothing", "__arm64_sys_sync", .enter = answer_zero},
  {"fsync-nothing", "ext4_sync_file", .enter = answer_zero},
  {"no-flush", "blkdev_issue_flush", .enter = answer_zero},
  {"truncate-to-sectors", "do_truncate", .enter = to_sectors},
  {"truncate-keeps-blocks", "ext4_truncate", .enter = answer_zero},
  {"rename-leaves-name", "ext4_delete_entry", .enter = answer_zero},
  {"link-uncounted", "inc_nlink", .enter = not_counted},
  {"modes-lose-set-bits", "__ext4_iget", .end = lose_set_bits},
  {"times-lost", "__ext4_iget", .end = lose_times},
  {"owners-16-bits", "__ext4_iget", .end = lose_high_owner},
  {"dates-32-bits", "__ext4_iget", .end = dates_of_32_bits},
  {"cache-hides-direct", "invalidate_inode_pages2_range", .enter = answer_zero},
  {"read-zeros", "copy_page_to_iter", .enter = some_zeros},
  {"full-is-eio", "vfs_write", .end = full_is_eio},
  {"eio-is-zeros", "vfs_read", .begin = keep_count, .end = count_for_eio},
  {"mount-ignores-ro", "path_mount", .enter = for_writing},
  {"entries-left-out", "filldir64", .enter = leave_out},
  {"unmount-forgets", "sync_filesystem", .enter = answer_zero},
  {"unmount-forgets", "sync_blockdev", .enter = answer_zero},
  {"mbr-unseen", "msdos_partition", .enter = answer_zero},
  {"gpt-unseen", "efi_partition", .enter = answer_zero},
  {"partitions-too-long", "add_partition", .enter = too_long},
  {"unlink-leaks", "ext4_unlink", .enter = lose_sixteen_pages},
  {"dates-a-day-off", "__ext4_iget", .end = a_day_late},
  {"tables-panic", "efi_partition", .enter = panic_at_twentieth},
  {"damage-panics", "__ext4_error_inode", .enter = panic_at_damage},
  {},
};
