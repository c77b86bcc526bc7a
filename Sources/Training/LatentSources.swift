import Imaging
import Models
import Platform
import TensorCore
import VisionTasks

/// Batches out of a ``LatentCache``: a flip is a choice between two stored encodings.
final class CachedLatents: LatentSource {
  private let cache: LatentCache
  /// Cache positions of picture and target, by example.
  private let positions: [(picture: Int, target: Int)]
  private let size: Int
  private let channels: Int
  private let flip: Double

  init(
    cache: LatentCache, positions: [(picture: Int, target: Int)], size: Int, channels: Int,
    flip: Double
  ) {
    self.cache = cache
    self.positions = positions
    self.size = size
    self.channels = channels
    self.flip = flip
  }

  func batch(_ indices: [Int], using stream: inout RandomStream) throws -> LatentBatch {
    let shape: Shape = [indices.count, size, size, channels]
    let perSample = size * size
    var moments = [Float](repeating: 0, count: perSample * 2 * channels)
    var condition = Tensor.zeros(shape)
    var mean = Tensor.zeros(shape)
    var logVariance = Tensor.zeros(shape)
    for (sample, index) in indices.enumerated() {
      let isMirrored = stream.uniform() < flip
      let position = positions[index]
      let start = sample * perSample * channels
      try moments.withUnsafeMutableBufferPointer { moments in
        try cache.read(position.picture, isMirrored: isMirrored, into: moments)
        condition.withMutableFloats { copy(moments, from: 0, to: $0, at: start) }
        try cache.read(position.target, isMirrored: isMirrored, into: moments)
        mean.withMutableFloats { copy(moments, from: 0, to: $0, at: start) }
        logVariance.withMutableFloats { copy(moments, from: channels, to: $0, at: start) }
      }
    }
    return LatentBatch(condition: condition, targetMean: mean, targetLogVariance: logVariance)
  }

  private func copy(
    _ moments: UnsafeMutableBufferPointer<Float>, from offset: Int,
    to target: UnsafeMutableBufferPointer<Float>, at start: Int
  ) {
    for pixel in 0..<(size * size) {
      for channel in 0..<channels {
        target[start + pixel * channels + channel] =
          moments[pixel * 2 * channels + offset + channel]
      }
    }
  }
}

/// Batches encoded when they are drawn, for random crops that no cache can hold.
final class LiveLatents: LatentSource {
  private let autoencoder: Autoencoder
  private let examples: [TrainingExample]
  private let sides: ClosedRange<Int>
  private let crop: Int
  private let flip: Double

  init(
    autoencoder: Autoencoder, examples: [TrainingExample], sides: ClosedRange<Int>, crop: Int,
    flip: Double
  ) {
    self.autoencoder = autoencoder
    self.examples = examples
    self.sides = sides
    self.crop = crop
    self.flip = flip
  }

  func batch(_ indices: [Int], using stream: inout RandomStream) throws -> LatentBatch {
    let transforms = indices.map { _ in
      PairTransform(sides: sides, crop: crop, flip: flip, using: &stream)
    }
    let pairs = try PictureLoading.parallel(indices.count) { position -> (Tensor, Tensor) in
      let example = self.examples[indices[position]]
      let transform = transforms[position]
      let picture = try PictureFile.read(example.picturePath, orientation: .stored)
      let target = try PictureFile.read(example.targetPath, orientation: .stored)
      return (transform(picture).tensor, transform(target).tensor)
    }
    let shape: Shape = [indices.count, crop, crop, 3]
    let pictures = Tensor.stacked(pairs.map(\.0)).reshaped(shape)
    let targets = Tensor.stacked(pairs.map(\.1)).reshaped(shape)
    let posterior = autoencoder.encode(targets)
    return LatentBatch(
      condition: autoencoder.encode(pictures).mean, targetMean: posterior.mean,
      targetLogVariance: posterior.logVariance)
  }
}
