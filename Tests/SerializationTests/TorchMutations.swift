import Foundation
import Platform
import Serialization
import TensorCore

/// Damaged copies of good checkpoints, which are either refused or read.
struct TorchMutations {
  struct Tally {
    var refusedCount = 0
    var openedCount = 0
    /// Errors of another kind than the reader promises.
    var surprises: [String] = []
  }

  private let originals: [[UInt8]]
  private var stream: RandomStream

  init(seed: UInt64) throws {
    originals = try [
      "torch-plain.pt", "torch-views.pt", "torch-lightning.ckpt", "torch-types-4.pt",
      "torch-legacy.pt", "torch-no-folder.pt",
    ].map { try [UInt8](Data(contentsOf: URL(fileURLWithPath: SerializationGoldens.path($0)))) }
    stream = RandomStream(seed: seed)
  }

  mutating func run(_ count: Int, in folder: TemporaryFolder) throws -> Tally {
    var tally = Tally()
    for index in 0..<count {
      var bytes = originals[index % originals.count]
      for _ in 0...stream.integer(in: 0..<3) where bytes.count > 64 { mutate(&bytes) }
      let path = try folder.write(bytes, as: "t")
      do {
        let file = try TorchCheckpoint(path: path)
        tally.openedCount += 1
        for entry in file.entries {
          _ = try? file.floats(entry.name)
          _ = try? file.floats(entry.name, requireFinite: true)
          _ = try? file.integers(entry.name)
          file.releasePages(of: entry.name)
        }
      } catch let error as ReportableError {
        tally.refusedCount += 1
        if error.code != .badData || error.path != path {
          tally.surprises.append(error.description)
        }
      }
    }
    return tally
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let index = place(in: bytes)
    switch stream.integer(in: 0..<8) {
    case 0: bytes[index] = UInt8(truncatingIfNeeded: stream.nextWord())
    case 1: bytes[index] ^= 1 << UInt8(stream.integer(in: 0..<8))
    case 2:
      // An instruction where there may have been another.
      bytes[index] = stream.element(
        of: Array("(.012BCGJKMNQRTUX]abcdehijloqrstu}".utf8) + Array(0x80...0x98))
    case 3:
      // A number at its limit.
      let limit: [UInt8] = stream.integer(in: 0..<2) == 0 ? [0xff] : [0x7f, 0xff, 0xff, 0xff]
      for (offset, byte) in limit.enumerated() where index + offset < bytes.count {
        bytes[index + offset] = byte
      }
    case 4: bytes.remove(at: index)
    case 5:
      bytes.insert(UInt8(truncatingIfNeeded: stream.nextWord()), at: index)
    case 6: bytes.removeSubrange(index..<min(bytes.count, index + stream.integer(in: 1..<40)))
    default:
      // A run of bytes from elsewhere.
      let source = stream.integer(in: 0..<bytes.count)
      let count = min(stream.integer(in: 1..<60), bytes.count - source, bytes.count - index)
      bytes.replaceSubrange(index..<index + count, with: bytes[source..<source + count])
    }
  }

  /// Mostly in the pickle at the start, sometimes in the directory at the end, seldom in between.
  private mutating func place(in bytes: [UInt8]) -> Int {
    switch stream.integer(in: 0..<8) {
    case 0: stream.integer(in: 0..<bytes.count)
    case 1: bytes.count - 1 - stream.integer(in: 0..<min(bytes.count, 600))
    default: stream.integer(in: 0..<min(bytes.count, 1500))
    }
  }
}
