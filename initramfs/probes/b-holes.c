/*
 * Proves: what was never written of a file reads as zeros and takes no room, however far in, and stays so when something beside it is
 * written; a file shrinks and grows to the byte, and what it lost never comes back.
 * Spec: phases.md B (holes read as zeros, stay holes; truncate up and down; triple indirect blocks by writing past a hole); lseek(2), ftruncate(2).
 * System calls: openat, pread64, pwrite64, lseek, fstat, ftruncate, fsync, sync, write, close.
 */
#include "storage.h"

enum { KIB = 1024, MIB = 1024 * KIB, PIECE = 16 * KIB };

static unsigned long piece[PIECE / 8];

static long sectors(long file) {
  return status_of_file(file).blocks;
}

/* How many bytes of the range are not zero; -1 where they can't all be read. */
static long not_zero(long file, long offset, long count) {
  long found = 0;
  for (long at = offset; at < offset + count; at += PIECE) {
    long wanted = offset + count - at < PIECE ? offset + count - at : PIECE;
    if (read_at(file, piece, wanted, at) != wanted) return -1;
    for (long i = 0; i < wanted; i++) found += ((byte *)piece)[i] != 0;
  }
  return found;
}

static long put_piece(long file, long offset, unsigned long seed) {
  fill_randomly(piece, PIECE, seed);
  return write_at(file, piece, PIECE, offset);
}

/* How many words of the piece have changed. */
static long piece_changed(long file, long offset, unsigned long seed) {
  memset(piece, 0, sizeof piece);
  read_at(file, piece, PIECE, offset);
  return count_changed(piece, PIECE, seed);
}

static void hole(void) {
  long file = open_file("/mnt/hole", O_RDWR | O_CREAT | O_TRUNC);
  expect_equal("b.holes.write-behind", put_piece(file, MIB, 1), PIECE);
  expect_equal("b.holes.size", status_of_file(file).bytes, MIB + PIECE);
  expect_equal("b.holes.zeros", not_zero(file, 0, MIB), 0);
  sys(SYS_fsync, file);
  /* The piece, and the blocks that say where it lies. */
  expect_true("b.holes.takes-no-room", sectors(file) * 512 <= 2 * PIECE, "at most 32 KiB on the disk", sectors(file) * 512);
  expect_equal("b.holes.data-begins", seek(file, 0, SEEK_DATA), MIB);
  expect_equal("b.holes.hole-begins", seek(file, 0, SEEK_HOLE), 0);
  expect_equal("b.holes.hole-ends-it", seek(file, MIB, SEEK_HOLE), MIB + PIECE);
  put_piece(file, 512 * KIB, 2);
  sys(SYS_fsync, file);
  expect_equal("b.holes.filled", piece_changed(file, 512 * KIB, 2), 0);
  expect_equal("b.holes.before-filled", not_zero(file, 0, 512 * KIB), 0);
  expect_equal("b.holes.behind-filled", not_zero(file, 512 * KIB + PIECE, 512 * KIB - PIECE), 0);
  expect_equal("b.holes.hole-between", seek(file, 512 * KIB, SEEK_HOLE), 512 * KIB + PIECE);
  expect_true("b.holes.stays-hole", sectors(file) * 512 <= 4 * PIECE, "at most 64 KiB on the disk", sectors(file) * 512);
  close_file(file);
}

/* At 1 KiB a block: 12 direct, 256 single, 256 x 256 double indirect, and what lies beyond 64.26 MiB triple (ext2's i_block). */
static void far(void) {
  static const long offsets[] = {0, 11 * KIB, 12 * KIB, 268 * KIB, 40 * MIB, 64 * MIB + 268 * KIB, 65 * MIB, 1024l * MIB, 4096l * MIB};
  long file = open_file("/mnt/far", O_RDWR | O_CREAT | O_TRUNC), wrong = 0, changed = 0;
  for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    fill_randomly(piece, KIB, i + 10);
    wrong += write_at(file, piece, KIB, offsets[i]) != KIB;
  }
  expect_equal("b.holes.far-written", wrong, 0);
  expect_equal("b.holes.far-size", status_of_file(file).bytes, 4096l * MIB + KIB);
  expect_equal("b.holes.far-forgotten", forget_cached(), 0);
  for (unsigned i = 0; i < sizeof offsets / sizeof *offsets; i++) {
    memset(piece, 0, sizeof piece);
    read_at(file, piece, KIB, offsets[i]);
    changed += count_changed(piece, KIB, i + 10);
  }
  expect_equal("b.holes.far-read", changed, 0);
  expect_equal("b.holes.far-between", not_zero(file, 2048l * MIB, 64 * KIB), 0);
  expect_equal("b.holes.far-cut", sys(SYS_ftruncate, file, 65 * MIB + KIB), 0);
  memset(piece, 0, sizeof piece);
  read_at(file, piece, KIB, 65 * MIB);
  expect_equal("b.holes.far-kept", count_changed(piece, KIB, 6 + 10), 0);
  close_file(file);
}

static void truncation(void) {
  long file = open_file("/mnt/cut", O_RDWR | O_CREAT | O_TRUNC);
  for (long at = 0; at < MIB; at += PIECE) put_piece(file, at, (unsigned long)at + 3);
  sys(SYS_fsync, file);
  long full = sectors(file);
  expect_equal("b.holes.cut", sys(SYS_ftruncate, file, 100 * KIB + 100), 0);
  expect_equal("b.holes.cut-size", status_of_file(file).bytes, 100 * KIB + 100);
  expect_true("b.holes.cut-gives-room", sectors(file) < full / 4, "less than a fourth of its room", sectors(file));
  expect_equal("b.holes.cut-keeps", piece_changed(file, 5 * PIECE, 5 * PIECE + 3), 0);
  expect_equal("b.holes.cut-end", read_at(file, piece, PIECE, 100 * KIB), 100);
  expect_equal("b.holes.grow", sys(SYS_ftruncate, file, 2 * MIB), 0);
  expect_equal("b.holes.grown-zeros", not_zero(file, 100 * KIB + 100, 2 * MIB - 100 * KIB - 100), 0);
  expect_equal("b.holes.grown-keeps", piece_changed(file, 5 * PIECE, 5 * PIECE + 3), 0);
  expect_equal("b.holes.grown-forgotten", forget_cached(), 0);
  expect_equal("b.holes.grown-zeros-on-disk", not_zero(file, 100 * KIB + 100, 2 * MIB - 100 * KIB - 100), 0);
  expect_true("b.holes.grow-takes-no-room", sectors(file) < full / 4, "less than a fourth of the room", sectors(file));
  expect_equal("b.holes.cut-to-nothing", sys(SYS_ftruncate, file, 0), 0);
  expect_equal("b.holes.nothing-left", sectors(file), 0);
  for (long at = 0; at < 4 * PIECE; at += PIECE) put_piece(file, at, (unsigned long)at + 4);
  sys(SYS_ftruncate, file, 3 * PIECE + 1);
  close_file(file);
}

PROBE("b-holes") {
  hole();
  far();
  truncation();
}
