import Imaging
import Platform
import TensorCore

extension Image {
  /// The picture as `[1, H, W, 3]`, `2 v / 255 - 1` in -1...1.
  public var tensor: Tensor {
    Tensor(shape: [1, height, width, 3]) { values in
      for index in values.indices { values[index] = Float(pixels[index]) * (2 / 255) - 1 }
    }
  }

  /// The picture of sample `sample` of `[N, H, W, 3]`: limited to -1...1, scaled to 0...255 and
  /// rounded to the nearest. Numbers that are not finite become 0, infinity 255.
  ///
  /// Deviates: rounds as diffusers does. The authors' tools, which sample by k-diffusion, cut the
  /// fraction off, so their pictures are half a grey level darker on average.
  public init(_ tensor: Tensor, sample: Int = 0) {
    require(
      tensor.shape.rank == 4 && tensor.shape[3] == 3 && sample < tensor.shape[0],
      "no picture in \(tensor.shape)")
    let (height, width) = (tensor.shape[1], tensor.shape[2])
    let pixels = tensor[leading: sample..<(sample + 1)].withFloats { values in
      values.map { value -> UInt8 in
        guard value.isFinite else { return value > 0 ? 255 : 0 }
        return UInt8(min(max(value * 127.5 + 127.5, 0), 255).rounded())
      }
    }
    self.init(width: width, height: height, pixels: pixels)
  }
}
