#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Time spent on a processor: tells the work even when others take the cores.
package enum ProcessorClock {
  /// Seconds of this process, on all processors together.
  package static var processSeconds: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

  /// Seconds of the calling thread.
  package static var threadSeconds: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
