/// What a pickle may have at most: far beyond real checkpoints (a Stable Diffusion training state
/// with its optimizer has some 300,000 values), and small enough for any machine.
enum PickleLimits {
  static let byteCount = 1 << 28
  /// Values made, in total.
  static let valueCount = 1 << 22
  static let memoCount = 1 << 22
  static let stackDepth = 1 << 20
  /// Containers under construction inside each other; Python's own recursion ends at about 1000.
  static let markDepth = 1 << 10
  /// Longer texts can be no names and are not kept.
  static let keptTextByteCount = 1 << 10
  /// Of a line that names a module or a class.
  static let nameByteCount = 1 << 10
}
