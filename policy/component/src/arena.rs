//! Memory for one call at a time.
//!
//! Every call frees what it allocated, so the allocator only counts: it hands out memory upwards and starts over when nothing is
//! live. That is what makes an instance stateless down to its addresses, and it costs a few instructions where a general
//! allocator costs most of a decision. What was kept, once, before the first question, is not of any call and lies below all of them.
//!
//! This is the only place in a policy with `unsafe` code: `GlobalAlloc` is an unsafe trait, and linear memory grows through an
//! intrinsic. A module without threads runs one call at a time, which is what the cells rely on.
#![expect(unsafe_code, reason = "an allocator cannot be written without it")]

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::{memory_grow, memory_size, unreachable},
    cell::Cell,
    panic::PanicInfo,
    ptr::null_mut,
};

const PAGE: usize = 65_536;

#[global_allocator]
static ARENA: Arena = Arena { start: Cell::new(0), next: Cell::new(0), live: Cell::new(0) };

struct Arena {
    /// Where a call finds its memory: above all that was kept.
    start: Cell<usize>,
    /// The first free address; 0 before the first allocation.
    next: Cell<usize>,
    /// How many allocations were not freed yet.
    live: Cell<usize>,
}

// SAFETY: the module is compiled without threads.
unsafe impl Sync for Arena {}

impl Arena {
    /// The end of static data, which the linker puts where the heap begins, and of what was kept.
    fn base(&self) -> usize {
        unsafe extern "C" {
            static __heap_base: u8;
        }
        self.start.get().max(&raw const __heap_base as usize)
    }

    /// Makes sure that memory reaches up to `end`.
    fn reach(end: usize) -> bool {
        let have = memory_size::<0>() * PAGE;
        end <= have || memory_grow::<0>((end - have).div_ceil(PAGE)) != usize::MAX
    }
}

/// Keeps all that is live for good: the calls that follow begin above it.
pub(crate) fn keep() {
    ARENA.start.set(ARENA.next.get());
    ARENA.live.set(0);
}

// SAFETY: blocks do not overlap, for `next` only moves beyond a block that was handed out, and back to a block's start only when
// that block, the last one, is freed or when no block is live.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = if self.live.get() == 0 { self.base() } else { self.next.get() };
        let Some(start) = next.checked_next_multiple_of(layout.align()) else { return null_mut() };
        let Some(end) = start.checked_add(layout.size()) else { return null_mut() };
        if !Self::reach(end) {
            return null_mut();
        }
        self.next.set(end);
        self.live.set(self.live.get() + 1);
        start as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.live.set(self.live.get() - 1);
        if block as usize + layout.size() == self.next.get() {
            self.next.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if block as usize + layout.size() == self.next.get() {
            // The last block grows and shrinks where it is.
            let Some(end) = (block as usize).checked_add(size) else { return null_mut() };
            if !Self::reach(end) {
                return null_mut();
            }
            self.next.set(end);
            return block;
        }
        // SAFETY: the alignment is the old block's; the sizes are those of the two blocks.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}

/// Nothing in the rules panics; what remains is memory that ran out, which the host sees as a trap.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unreachable()
}
