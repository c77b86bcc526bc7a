import Imaging
import Models
import Platform
import TensorCore
import VisionTasks

/// Latents of one micro-batch.
package struct LatentBatch {
  /// `[N, h, w, C]`: the unscaled mode of the picture's posterior.
  package var condition: Tensor
  /// `[N, h, w, C]`: the target's posterior mean, unscaled.
  package var targetMean: Tensor
  /// `[N, h, w, C]`.
  package var targetLogVariance: Tensor
  /// Which samples are flipped horizontally.
  package var isMirrored: [Bool]

  /// - Parameter isMirrored: none is when nil.
  package init(
    condition: Tensor, targetMean: Tensor, targetLogVariance: Tensor, isMirrored: [Bool]? = nil
  ) {
    self.condition = condition
    self.targetMean = targetMean
    self.targetLogVariance = targetLogVariance
    self.isMirrored =
      isMirrored ?? [Bool](repeating: false, count: condition.shape[0])
  }
}

/// Where micro-batches come from: a cache, or the autoencoder itself.
package protocol LatentSource: AnyObject {
  /// - Parameters:
  ///   - indices: of the examples.
  ///   - streams: one an example, for its flip and crop; the same stream gives the same latents,
  ///     whatever else is in the batch.
  func batch(_ indices: [Int], using streams: inout [RandomStream]) throws -> LatentBatch
}

/// Batches out of a ``LatentCache``: a flip is a choice between two stored encodings.
package final class CachedLatents: LatentSource {
  private let cache: LatentCache
  /// Cache positions of picture and target, by example.
  private let positions: [(picture: Int, target: Int)]
  private let size: Int
  private let channels: Int
  private let flip: Double

  package init(
    cache: LatentCache, positions: [(picture: Int, target: Int)], size: Int, channels: Int,
    flip: Double
  ) {
    self.cache = cache
    self.positions = positions
    self.size = size
    self.channels = channels
    self.flip = flip
  }

  package func batch(
    _ indices: [Int], using streams: inout [RandomStream]
  ) throws -> LatentBatch {
    let shape: Shape = [indices.count, size, size, channels]
    let perSample = size * size
    var moments = [Float](repeating: 0, count: perSample * 2 * channels)
    var condition = Tensor.zeros(shape)
    var mean = Tensor.zeros(shape)
    var logVariance = Tensor.zeros(shape)
    var mirrored: [Bool] = []
    for (sample, index) in indices.enumerated() {
      let isMirrored = streams[sample].uniform() < flip
      mirrored.append(isMirrored)
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
    return LatentBatch(
      condition: condition, targetMean: mean, targetLogVariance: logVariance, isMirrored: mirrored)
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
package final class LiveLatents: LatentSource {
  private let autoencoder: Autoencoder
  private let examples: [TrainingExample]
  private let sides: ClosedRange<Int>
  private let crop: Int
  private let flip: Double

  package init(
    autoencoder: Autoencoder, examples: [TrainingExample], sides: ClosedRange<Int>, crop: Int,
    flip: Double
  ) {
    self.autoencoder = autoencoder
    self.examples = examples
    self.sides = sides
    self.crop = crop
    self.flip = flip
  }

  package func batch(
    _ indices: [Int], using streams: inout [RandomStream]
  ) throws -> LatentBatch {
    let transforms = streams.indices.map { sample in
      PairTransform(sides: sides, crop: crop, flip: flip, using: &streams[sample])
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
      targetLogVariance: posterior.logVariance, isMirrored: transforms.map(\.isMirrored))
  }
}
