import Dispatch
import Imaging
import Platform
import Synchronization

/// Reading of training pictures, several at once.
enum PictureLoading {
  /// The picture at `path`, squashed to a square with Lanczos as the authors do.
  static func square(_ path: String, side: Int) throws -> Image {
    let picture = try PictureFile.read(path, orientation: .stored)
    guard picture.width != side || picture.height != side else { return picture }
    return picture.resized(width: side, height: side, filter: .lanczos)
  }

  /// `body` for `0..<count` on all cores, results in order; the first error is thrown.
  static func parallel<R: Sendable>(
    _ count: Int, _ body: (Int) throws -> R
  ) throws -> [R] {
    let results = Mutex([Result<R, any Error>?](repeating: nil, count: count))
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: count) { index in
        let result = Result { try body(index) }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }
}
