import Foundation

/// Tests that take minutes run when INSTRUCTCV_SLOW_TESTS is set to anything but 0.
public enum SlowTests {
  public static let areEnabled =
    !["", "0"].contains(ProcessInfo.processInfo.environment["INSTRUCTCV_SLOW_TESTS"] ?? "")
}
