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
    UInt64(word()) << 32 | UInt64(word())
  }

  mutating func word() -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: state >> 32)
  }

  mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: word() >> 24) }

  mutating func below(_ bound: Int) -> Int { Int((UInt64(word()) * UInt64(bound)) >> 32) }
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

/// Discs and stray pixels; blobs in noise.py makes the same.
func sampleMask(width: Int, height: Int, seed: UInt64, density: Int = 40) -> Mask {
  var noise = TestNoise(seed: seed)
  var mask = Mask(width: width, height: height, repeating: false)
  for _ in 0..<(1 + noise.below(6)) {
    let (x, y) = (noise.below(width), noise.below(height))
    let radius = noise.below(max(width, height) / 3 + 1)
    let adds = noise.below(3) > 0
    for row in 0..<height {
      for column in 0..<width
      where (column - x) * (column - x) + (row - y) * (row - y) <= radius * radius {
        mask[column, row] = adds
      }
    }
  }
  for _ in 0..<(width * height / density) {
    let (x, y) = (noise.below(width), noise.below(height))
    mask[x, y].toggle()
  }
  return mask
}
