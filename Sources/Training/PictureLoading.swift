import Datasets
import Imaging

/// Reading of training pictures, several at once.
package enum PictureLoading {
  /// The picture at `path`, squashed to a square with Lanczos as the authors do.
  package static func square(_ path: String, side: Int) throws -> Image {
    let picture = try PictureFile.read(path, orientation: .stored)
    guard picture.width != side || picture.height != side else { return picture }
    return picture.resized(width: side, height: side, filter: .lanczos)
  }

  /// `body` for `0..<count` on all threads, results in order; the first error is thrown.
  static func parallel<R: Sendable>(_ count: Int, _ body: (Int) throws -> R) throws -> [R] {
    try withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      return try ConcurrentMap.map(count: count) { try body($0) }
    }
  }
}
