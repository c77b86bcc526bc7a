import Platform
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Counters of the tensor memory.
public struct MemoryStatistics: Sendable {
  /// Bytes in tensors that are alive.
  public var activeByteCount = 0
  /// The largest `activeByteCount` since the last ``MemoryPool/resetPeak()``.
  public var peakByteCount = 0
  /// Bytes kept for reuse.
  public var cachedByteCount = 0
  /// How often memory was asked of the system; constant once a training loop is warm.
  public var systemAllocationCount = 0
}

/// Keeps freed tensor buffers for reuse. Fresh pages cost an order of magnitude more than reused
/// ones, and a training step asks for the same sizes again and again.
public enum MemoryPool {
  private struct State: ~Copyable {
    var statistics = MemoryStatistics()
    /// Addresses of free buffers by their size.
    var free: [Int: [UInt]] = [:]
  }

  private static let state = Mutex(State())
  private static let alignment = 64

  public static var statistics: MemoryStatistics { state.withLock { $0.statistics } }

  /// Starts the peak anew at the current use.
  public static func resetPeak() {
    state.withLock { $0.statistics.peakByteCount = $0.statistics.activeByteCount }
  }

  /// Gives all cached buffers back to the system.
  public static func trim() {
    state.withLock { state in
      for (byteCount, addresses) in state.free {
        for address in addresses { giveBack(address, byteCount: byteCount) }
      }
      state.free.removeAll()
      state.statistics.cachedByteCount = 0
    }
  }

  /// Sizes are rounded up to an eighth of their power of two, so that nearly equal sizes share.
  static func roundedByteCount(_ byteCount: Int) -> Int {
    guard byteCount > 1024 else { return max(256, (byteCount + 255) & ~255) }
    let step = 1 << (Int.bitWidth - 1 - byteCount.leadingZeroBitCount - 3)
    return (byteCount + step - 1) & ~(step - 1)
  }

  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let address = state.withLock { state -> UInt in
      state.statistics.activeByteCount += byteCount
      state.statistics.peakByteCount = max(
        state.statistics.peakByteCount, state.statistics.activeByteCount)
      if let address = state.free[byteCount]?.popLast() {
        state.statistics.cachedByteCount -= byteCount
        return address
      }
      state.statistics.systemAllocationCount += 1
      return ask(byteCount)
    }
    guard let pointer = UnsafeMutableRawPointer(bitPattern: address) else {
      fatalError("out of memory: \(byteCount) bytes for a tensor are not to be had")
    }
    return pointer
  }

  /// From here on buffers are pages of their own, which go back to the system for certain; the heap
  /// keeps what is freed amid memory in use.
  private static let pageLimit = 1 << 20

  /// Asks the system for memory.
  ///
  /// - Returns: 0 when there is none.
  private static func ask(_ byteCount: Int) -> UInt {
    if byteCount >= pageLimit {
      let pages = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      return pages == MAP_FAILED ? 0 : UInt(bitPattern: pages)
    }
    var pointer: UnsafeMutableRawPointer?
    let status = posix_memalign(&pointer, alignment, byteCount)
    return status == 0 ? UInt(bitPattern: pointer) : 0
  }

  /// Has the system find pages for memory that is about to be written, at once, which takes half of
  /// the time that it takes for each page when it is touched.
  static func prepare(_ start: UnsafeMutablePointer<Float>, count: Int) {
    #if os(Linux)
      let pageSize = 4096
      let first = (Int(bitPattern: start) + pageSize - 1) & ~(pageSize - 1)
      let end = Int(bitPattern: start + count) & ~(pageSize - 1)
      let populateForWriting: Int32 = 23
      // Where the kernel knows no such advice, pages come as they are touched.
      if end > first {
        _ = madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, populateForWriting)
      }
    #endif
  }

  private static func giveBack(_ address: UInt, byteCount: Int) {
    guard let pointer = UnsafeMutableRawPointer(bitPattern: address) else { return }
    if byteCount >= pageLimit {
      munmap(pointer, byteCount)
    } else {
      free(pointer)
    }
  }

  static func deallocate(_ buffer: UnsafeMutableRawPointer, byteCount: Int) {
    let address = UInt(bitPattern: buffer)
    state.withLock { state in
      state.statistics.activeByteCount -= byteCount
      state.statistics.cachedByteCount += byteCount
      state.free[byteCount, default: []].append(address)
    }
  }
}

/// A buffer of floats from the pool, given back when the last owner goes.
final class Storage: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  private let byteCount: Int

  init(count: Int) {
    byteCount = MemoryPool.roundedByteCount(count * MemoryLayout<Float>.stride)
    base = MemoryPool.allocate(byteCount).assumingMemoryBound(to: Float.self)
  }

  deinit { MemoryPool.deallocate(UnsafeMutableRawPointer(base), byteCount: byteCount) }
}

/// Runs `body` with uninitialised scratch memory for `count` floats.
package func withScratch<R>(
  _ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> R
) rethrows -> R {
  let storage = Storage(count: max(count, 1))
  return try withExtendedLifetime(storage) { try body(storage.base) }
}
