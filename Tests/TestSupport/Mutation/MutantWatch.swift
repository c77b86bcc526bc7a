import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Tells which damaged input stopped or held up the tests: a trap ends the process before any test
/// can say so, and a hang never ends.
///
/// A signal writes the mutant's number before the process ends as it would have; a second thread
/// ends the process when one mutant takes too long.
final class MutantWatch: Sendable {
  /// Seconds of its thread's processor time that one mutant may take; waiting for a busy machine does
  /// not count.
  static let processorSecondLimit = 5.0
  /// Seconds, for mutants that wait for something that never comes.
  static let secondLimit = 120.0

  /// One for each run at a time; read by the signal handler, which may not lock or allocate.
  fileprivate struct Slot {
    var thread = pthread_t()
    var label: UnsafeMutablePointer<CChar>?
    var labelByteCount = 0
    /// The mutant that is being read; -1 between two runs.
    var mutant = -1
  }

  private static let slotCount = 32
  fileprivate nonisolated(unsafe) static let slots: UnsafeMutableBufferPointer<Slot> = {
    let slots = UnsafeMutableBufferPointer<Slot>.allocate(capacity: slotCount)
    slots.initialize(repeating: Slot())
    return slots
  }()
  private static let freeSlots = Mutex(Array(0..<slotCount))
  private static let handler: Void = installHandler()

  private let slot: Int
  private let isDone = Mutex(false)

  /// Watches what the calling thread does from now to ``stop()``.
  init(_ label: String) {
    _ = Self.handler
    slot = Self.freeSlots.withLock { $0.popLast() ?? 0 }
    Self.slots[slot] = Slot(
      thread: pthread_self(), label: strdup(label), labelByteCount: label.utf8.count)
    Self.giveSignalsAStack()
    let thread = Thread { self.look() }
    thread.start()
  }

  func begin(_ mutant: Int) { Self.slots[slot].mutant = mutant }

  func stop() {
    Self.slots[slot].mutant = -1
    isDone.withLock { $0 = true }
  }

  private func look() {
    var clock = clockid_t()
    let canTellTime = pthread_getcpuclockid(Self.slots[slot].thread, &clock) == 0
    func seconds(_ clock: clockid_t) -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
    var seen = -1
    var (processorStart, start) = (0.0, 0.0)
    while !isDone.withLock({ $0 }) {
      let mutant = Self.slots[slot].mutant
      let (processorNow, now) = (canTellTime ? seconds(clock) : 0, seconds(CLOCK_MONOTONIC))
      if mutant != seen {
        (seen, processorStart, start) = (mutant, processorNow, now)
      } else if mutant >= 0,
        processorNow - processorStart > Self.processorSecondLimit || now - start > Self.secondLimit
      {
        Self.report(slot, "took too long")
        _exit(EXIT_FAILURE)
      }
      usleep(100_000)
    }
    free(Self.slots[slot].label)
    Self.slots[slot] = Slot()
    Self.freeSlots.withLock { $0.append(slot) }
  }
}

extension MutantWatch {
  /// Writes the number of the mutant that a slot's thread is at, without locks or allocations.
  private static func report(_ slot: Int, _ what: StaticString) {
    let place = slots[slot]
    func write(_ text: UnsafeRawPointer?, _ count: Int) {
      _ = Glibc.write(STDERR_FILENO, text, count)
    }
    write(place.label, place.labelByteCount)
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var (rest, start) = (max(place.mutant, 0), 20)
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0 && start > 0
      write(digits.baseAddress.map { UnsafeRawPointer($0 + start) }, 20 - start)
    }
    write(" ", 1)
    write(what.utf8Start, what.utf8CodeUnitCount)
    write("\n", 1)
  }

  private static func installHandler() {
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { signal in
        for slot in MutantWatch.slots.indices
        where MutantWatch.slots[slot].mutant >= 0
          && pthread_equal(MutantWatch.slots[slot].thread, pthread_self()) != 0
        {
          MutantWatch.report(slot, "trapped")
        }
        Glibc.signal(signal, SIG_DFL)
        raise(signal)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_ONSTACK))
      sigaction(signal, &action, nil)
    }
  }

  /// Room for the handler when the thread's own stack has overflowed. Kept for good: the thread may
  /// be another test's next.
  private static func giveSignalsAStack() {
    let byteCount = 1 << 16
    var stack = stack_t()
    stack.ss_sp = malloc(byteCount)
    stack.ss_size = byteCount
    sigaltstack(&stack, nil)
  }
}
