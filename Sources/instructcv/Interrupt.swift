import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Ctrl-C and termination as a flag that a loop looks at, so that work ends between two steps.
enum Interrupt {
  private static let flag = Atomic<Bool>(false)

  /// Whether the program was asked to stop.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Starts listening. A second request ends the program at once.
  static func listen() {
    // Programs that start this one from a thread without signals hand that on.
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      sigaddset(&wanted, number)
      signal(number) { number in
        if Interrupt.flag.exchange(true, ordering: .relaxed) { _exit(128 + number) }
      }
    }
    pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }
}
