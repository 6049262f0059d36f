// SPDX-License-Identifier: GPL-2.0
/* Memory given back wrongly, or used outside of what was given. */
#include <linux/gfp.h>
#include <linux/mempool.h>
#include <linux/vmalloc.h>
#include "crash.h"

static noinline void free_twice(void) {
  void *object = kmalloc(96, GFP_KERNEL);
  kfree(object);
  kfree(hidden(object));
  STAY();
}

static noinline void free_middle(void) {
  char *object = kmalloc(128, GFP_KERNEL);
  kfree(hidden(object + 24));
  STAY();
}

static noinline void free_stack(void) {
  char room[64];
  kfree(hidden(room));
  STAY();
}

static noinline void free_static(void) {
  static char room[4096] __aligned(4096);
  kfree(hidden(room));
  STAY();
}

static noinline void free_user_pointer(void) {
  kfree(hidden((void *)0x7f0012345000));
  STAY();
}

static noinline void write_freed(void) {
  char *object = kmalloc(256, GFP_KERNEL), *mine = hidden(object);
  kfree(object);
  memset(mine + 64, 0x41, 16);
  object = kmalloc(256, GFP_KERNEL);
  kfree(kmalloc(256, GFP_KERNEL));
  STAY();
}

static noinline void write_beyond(void) {
  char *object = kmalloc(56, GFP_KERNEL);
  memset(hidden(object), 0x42, hidden_number(72));
  kfree(object);
  STAY();
}

static noinline void write_before(void) {
  char *object = kmalloc(56, GFP_KERNEL);
  memset(hidden(object - 8), 0x43, hidden_number(16));
  kfree(object);
  STAY();
}

static noinline void free_elsewhere(void) {
  struct kmem_cache *one = kmem_cache_create("crash_one", 72, 0, SLAB_HWCACHE_ALIGN, NULL);
  struct kmem_cache *other = kmem_cache_create("crash_other", 104, 0, SLAB_HWCACHE_ALIGN, NULL);
  void *object = kmem_cache_alloc(one, GFP_KERNEL);
  kmem_cache_free(other, object);
  STAY();
}

static noinline void destroy_used_cache(void) {
  struct kmem_cache *cache = kmem_cache_create("crash_used", 200, 0, SLAB_HWCACHE_ALIGN, NULL);
  kmem_cache_alloc(cache, GFP_KERNEL);
  kmem_cache_destroy(cache);
  STAY();
}

static noinline void free_area_twice(void) {
  void *area = vmalloc(8192);
  vfree(area);
  vfree(hidden(area));
  STAY();
}

static noinline void free_area_middle(void) {
  char *area = vmalloc(8192);
  vfree(hidden(area + 100));
  STAY();
}

static noinline void ask_for_too_much(void) {
  kfree((void *)__get_free_pages(GFP_KERNEL, hidden_number(20)));
  STAY();
}

static noinline void ask_for_huge_area(void) {
  vfree(vmalloc(hidden_number(1ul << 36)));
  STAY();
}

static noinline void take_all_memory(void) {
  for (;;) {
    void **page = (void **)__get_free_page(GFP_KERNEL);
    if (!page) return;
    cond_resched();
  }
}

const struct crash slab_crashes[] = {
  {"double-free", free_twice},
  {"free-middle", free_middle},
  {"free-stack", free_stack},
  {"free-static", free_static},
  {"free-user", free_user_pointer},
  {"write-freed", write_freed},
  {"write-beyond", write_beyond},
  {"write-before", write_before},
  {"wrong-cache", free_elsewhere},
  {"used-cache", destroy_used_cache},
  {"vfree-twice", free_area_twice},
  {"vfree-middle", free_area_middle},
  {"order-too-large", ask_for_too_much},
  {"vmalloc-huge", ask_for_huge_area},
  {"all-memory", take_all_memory},
  {},
};
