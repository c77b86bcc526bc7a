import Foundation
import Serialization
import TestSupport
import Testing

/// Damaged copies of good files of weights.
@Suite(.serialized) struct SerializationMutationTests {
  private static func golden(_ name: String) -> [UInt8] {
    // A golden that is lost makes an empty sample, which fails to be read.
    (try? Data(contentsOf: URL(fileURLWithPath: SerializationGoldens.path(name)))).map {
      [UInt8]($0)
    }
      ?? []
  }

  private static func readAll(_ file: some TensorFile) {
    for entry in file.entries {
      _ = try? file.floats(entry.name)
      _ = try? file.floats(entry.name, requireFinite: true)
      _ = try? file.integers(entry.name)
      file.releasePages(of: entry.name)
    }
  }

  static let formats: [MutatedFormat] = [
    MutatedFormat(
      "safetensors", ["t"],
      samples: [
        [golden("all-types.safetensors")],
        [
          SafetensorsHostileTests.file(
            "{\"__metadata__\":{\"format\":\"pt\"}," + SafetensorsHostileTests.tensor() + "}", 8)
        ],
      ], pieces: MutationPieces.safetensors, layout: ByteLayout.safetensors, repair: mendLength
    ) { try readAll(SafetensorsFile(path: $0 + "/t")) },
    MutatedFormat(
      "PyTorch archive", ["t"],
      samples: [
        "torch-plain.pt", "torch-views.pt", "torch-lightning.ckpt", "torch-types-4.pt",
        "torch-no-folder.pt", "torch-rezipped.pt",
      ].map { [golden($0)] }, pieces: MutationPieces.pickle, layout: ByteLayout.zip
    ) { try readAll(TorchCheckpoint(path: $0 + "/t")) },
    MutatedFormat(
      "PyTorch pickle", ["t"],
      samples: [[golden("torch-legacy.pt")], [golden("torch-legacy-4.pt")]],
      pieces: MutationPieces.pickle, layout: ByteLayout.pickle
    ) { try readAll(TorchCheckpoint(path: $0 + "/t")) },
  ]

  /// Makes the header's length agree with where the header ends, or nothing behind it is reached.
  private static let mendLength: @Sendable (inout [UInt8]) -> Void = { bytes in
    guard bytes.count > 8,
      let end = bytes.indices.dropFirst(8).last(where: { place in
        bytes[place] == UInt8(ascii: "}")
          && (place == 8 || [UInt8(ascii: "}"), UInt8(ascii: "{")].contains(bytes[place - 1]))
      })
    else { return }
    let padding = bytes[(end + 1)...].prefix { $0 == 0x20 }
    bytes.removeSubrange(padding.indices)
    let length = UInt64(end + 1 - 8)
    bytes.replaceSubrange(0..<8, with: withUnsafeBytes(of: length) { Array($0) })
  }

  @Test(arguments: formats) func mutantsNeverTrap(_ format: MutatedFormat) throws {
    try format.run(4000, seed: 21)
  }

  @Test(.enabled(if: SlowTests.areEnabled, "slow; set INSTRUCTCV_SLOW_TESTS"), arguments: formats)
  func manyMutantsNeverTrap(_ format: MutatedFormat) throws { try format.run(200_000, seed: 22) }
}
