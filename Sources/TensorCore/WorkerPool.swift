import Foundation
import Synchronization

/// Threads that lend a hand to the one that has work to share.
///
/// The sharing thread waits only for helpers that have begun a piece, never for one that the system
/// has yet to wake: on a busy machine it simply does the work itself. Helpers look out for the next
/// job for a moment before they sleep, as operations follow each other within microseconds.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  /// Bit 0: the job takes helpers. Above it the number of helpers at work, in 31 bits, and the
  /// job's number.
  private let gate = Atomic<UInt64>(0)
  private static let isOpen: UInt64 = 1
  private static let oneHelper: UInt64 = 2
  private static let jobShift: UInt64 = 32
  private static let helperMask: UInt64 = ((1 << jobShift) - 1) & ~isOpen

  private let isTaken = Atomic<Bool>(false)
  private let nextPiece = Atomic<Int>(0)
  private let lastHelperLeft = DispatchSemaphore(value: 0)
  // Written by the sharing thread while the gate is closed and no helper is inside.
  private var pieceCount = 0
  private var body: ((Int) -> Void)?
  private var helpers: [Helper] = []

  private final class Helper: Sendable {
    let isAsleep = Atomic<Bool>(false)
    let alarm = DispatchSemaphore(value: 0)
  }

  private init() {}

  /// Calls `body` for every index below `count` on up to `threads` threads, this one included.
  ///
  /// - Returns: false, with nothing done, when the helpers work for another thread or for a caller
  ///   further up.
  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) -> Bool {
    guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return false }
    defer { isTaken.store(false, ordering: .releasing) }
    while helpers.count < threads - 1 { helpers.append(makeHelper()) }
    withoutActuallyEscaping(body) { body in
      self.body = body
      pieceCount = count
      nextPiece.store(0, ordering: .relaxed)
      let job = (gate.load(ordering: .relaxed) >> Self.jobShift &+ 1) << Self.jobShift
      gate.store(job | Self.isOpen, ordering: .sequentiallyConsistent)
      for helper in helpers.prefix(threads - 1)
      where helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
        helper.alarm.signal()
      }
      takePieces()
      let before = gate.bitwiseAnd(~Self.isOpen, ordering: .acquiringAndReleasing).oldValue
      if before & Self.helperMask != 0 {
        for _ in 0..<Self.patience
        where gate.load(ordering: .acquiring) & Self.helperMask == 0 { break }
        lastHelperLeft.wait()
      }
      self.body = nil
    }
    return true
  }

  /// Looks at the gate before going to sleep: some ten microseconds.
  private static let patience = 10_000

  private func takePieces() {
    guard let body else { return }
    let count = pieceCount
    while true {
      let index = nextPiece.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      body(index)
    }
  }

  private func makeHelper() -> Helper {
    let helper = Helper()
    let thread = Thread { [unowned self] in
      var lastJob: UInt64 = 0
      while true {
        lastJob = waitForJob(after: lastJob, helper)
        takePieces()
        let before = gate.subtract(Self.oneHelper, ordering: .acquiringAndReleasing).oldValue
        if before & (Self.helperMask | Self.isOpen) == Self.oneHelper { lastHelperLeft.signal() }
      }
    }
    thread.name = "kernels"
    thread.start()
    return helper
  }

  /// Joins the next job and returns its number.
  private func waitForJob(after lastJob: UInt64, _ helper: Helper) -> UInt64 {
    while true {
      for _ in 0..<Self.patience {
        if let job = join(after: lastJob) { return job }
      }
      helper.isAsleep.store(true, ordering: .sequentiallyConsistent)
      // A job that opened before the line above rings no alarm.
      if let job = join(after: lastJob) {
        if !helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
          helper.alarm.wait()
        }
        return job
      }
      helper.alarm.wait()
    }
  }

  private func join(after lastJob: UInt64) -> UInt64? {
    var state = gate.load(ordering: .sequentiallyConsistent)
    while state & Self.isOpen != 0, state >> Self.jobShift != lastJob {
      let (joined, current) = gate.weakCompareExchange(
        expected: state, desired: state + Self.oneHelper, ordering: .sequentiallyConsistent)
      if joined { return state >> Self.jobShift }
      state = current
    }
    return nil
  }
}
