import Foundation
import Imaging
import TensorCore

/// A picture with smooth and noisy parts, the same for the same seed.
func samplePicture(width: Int, height: Int, seed: UInt64) -> Image {
  var noise = TestNoise(seed: seed)
  var image = Image(width: width, height: height)
  for y in 0..<height {
    for x in 0..<width {
      let isNoisy = (x / 8 + y / 8) % 2 == 0
      image[x, y] =
        isNoisy
        ? Color(noise.byte(), noise.byte(), noise.byte())
        : Color(UInt8(x * 255 / width), UInt8(y * 255 / height), UInt8((x + y) % 256))
    }
  }
  return image
}

func greyOf(_ image: Image) -> [UInt8] {
  (0..<(image.width * image.height)).map { image.pixels[3 * $0 + 1] }
}

/// A small generator whose numbers are easy to repeat in another language (a 64-bit LCG).
struct TestNoise: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    UInt64(byte32()) << 32 | UInt64(byte32())
  }

  mutating func byte32() -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: state >> 32)
  }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: byte32() >> 24) }

  mutating func below(_ bound: Int) -> Int { Int(UInt64(byte32()) * UInt64(bound) >> 32) }
}

/// A folder that disappears with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "imaging-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func file(_ name: String) -> String { path + "/" + name }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
