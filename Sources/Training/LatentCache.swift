import Foundation
import Imaging
import Platform
import Serialization
import TensorCore
import VisionTasks

/// Latent moments of every distinct picture of a data set, with their mirror images, computed once
/// and kept in files that are mapped when they are needed.
///
/// The cache is made of shards that are complete or absent, so an interrupted run goes on where it
/// was. Moments are stored in half precision: mean, then log variance, `[2, h, w, 2C]` for a
/// picture and its mirror image.
public final class LatentCache {
  /// Everything a cache depends on besides the pictures.
  public struct Key: Sendable {
    /// A fingerprint of the autoencoder's weights.
    public var autoencoder: String
    public var pictureSize: Int
    public var latentSize: Int
    public var latentChannels: Int
    public var includesMirrored: Bool

    public init(
      autoencoder: String, pictureSize: Int, latentSize: Int, latentChannels: Int,
      includesMirrored: Bool
    ) {
      self.autoencoder = autoencoder
      self.pictureSize = pictureSize
      self.latentSize = latentSize
      self.latentChannels = latentChannels
      self.includesMirrored = includesMirrored
    }
  }

  /// Where the shards are; another key or other pictures have another folder.
  package let folder: String
  private let key: Key
  private let paths: [String]
  private let shardLength: Int
  private var shards: [SafetensorsFile?]
  private let orientations: Int
  private let elementCount: Int
  /// Moments of the shard that is being filled.
  private var filling: [Float] = []

  /// - Parameters:
  ///   - paths: the distinct pictures, in a fixed order.
  ///   - folder: the folder of all caches; made if need be.
  ///   - shardLength: pictures of one file, which are encoded again when their encoding is stopped.
  public init(paths: [String], folder: String, key: Key, shardLength: Int = 256) throws {
    require(shardLength > 0, "a shard can't hold \(shardLength) pictures")
    self.shardLength = shardLength
    self.paths = paths
    self.key = key
    var hash = Fingerprint()
    hash.combine(key.autoencoder)
    hash.combine("\(key.pictureSize) \(key.latentSize) \(key.latentChannels)")
    hash.combine("\(key.includesMirrored) \(shardLength)")
    for path in paths { hash.combine(path) }
    self.folder = folder + "/latents-" + hash.text
    orientations = key.includesMirrored ? 2 : 1
    elementCount = key.latentSize * key.latentSize * 2 * key.latentChannels
    let shardCount = (paths.count + shardLength - 1) / shardLength
    shards = [SafetensorsFile?](repeating: nil, count: shardCount)
    try OutputFolder.make(self.folder)
    for index in shards.indices where FileManager.default.fileExists(atPath: shardPath(index)) {
      shards[index] = try open(index)
    }
  }

  public var pictureCount: Int { paths.count }

  /// Pictures whose moments are there, those of an unfinished shard included.
  public var encodedCount: Int {
    shards.indices.reduce(filling.count / (orientations * elementCount)) {
      shards[$1] == nil ? $0 : $0 + range($1).count
    }
  }

  public var isComplete: Bool { !shards.contains { $0 == nil } }

  private func shardPath(_ index: Int) -> String {
    "\(folder)/shard-\(String(format: "%05d", index)).safetensors"
  }

  private func range(_ shard: Int) -> Range<Int> {
    (shard * shardLength)..<min(paths.count, (shard + 1) * shardLength)
  }

  private func open(_ shard: Int) throws -> SafetensorsFile {
    let path = shardPath(shard)
    let remedy = "remove it and go on with --resume"
    do {
      let file = try SafetensorsFile(path: path)
      let entry = try file.entry("moments")
      let size = key.latentSize
      guard
        entry.shape == [range(shard).count, orientations, size, size, 2 * key.latentChannels],
        entry.type == .float16
      else {
        throw ReportableError(.badData, "has the shape \(entry.shape)")
      }
      return file
    } catch let error as ReportableError {
      throw ReportableError(
        .badData, "is no shard of this run's latents (\(error.message)); \(remedy)", path: path)
    }
  }

  /// Encodes the next few pictures, and writes their shard when it is full.
  ///
  /// - Parameter encode: pictures `[N, H, W, 3]` to moments `[N, h, w, 2C]`.
  public func encodeNext(_ encode: (Tensor) -> Tensor) throws {
    guard let shard = shards.firstIndex(where: { $0 == nil }) else { return }
    let range = range(shard)
    let start = range.lowerBound + filling.count / (orientations * elementCount)
    let part = start..<min(start + Self.batchLength(side: key.pictureSize), range.upperBound)
    filling.reserveCapacity(range.count * orientations * elementCount)
    let moments = encode(try batch(part))
    require(
      moments.count == part.count * orientations * elementCount,
      "\(moments.shape) can't be the moments of \(part.count) pictures")
    try moments.withFloats { values in
      guard values.allSatisfy(\.isFinite) else {
        throw ReportableError(
          .badData, "has no finite latent; the autoencoder diverged, train it with a lower rate",
          path: paths[part.lowerBound])
      }
      filling.append(contentsOf: values)
    }
    guard part.upperBound == range.upperBound else { return }
    var writer = SafetensorsWriter()
    let size = key.latentSize
    writer.add(
      "moments", shape: [range.count, orientations, size, size, 2 * key.latentChannels],
      type: .float16, floats: filling)
    try writer.write(to: shardPath(shard))
    filling = []
    shards[shard] = try open(shard)
  }

  /// Pictures that are encoded at once: a bounded number of pixels.
  static func batchLength(side: Int) -> Int { max(1, min(16, (1 << 18) / (side * side))) }

  /// `[part.count * orientations, side, side, 3]`, each picture before its mirror image.
  private func batch(_ part: Range<Int>) throws -> Tensor {
    let tensors = try PictureLoading.parallel(part.count) { offset -> [Tensor] in
      let picture = try PictureLoading.square(
        self.paths[part.lowerBound + offset], side: self.key.pictureSize)
      return self.key.includesMirrored
        ? [picture.tensor, picture.flippedHorizontally().tensor] : [picture.tensor]
    }
    let side = key.pictureSize
    return Tensor.stacked(tensors.flatMap { $0 })
      .reshaped([part.count * orientations, side, side, 3])
  }

  /// The moments of picture `index`, upright or mirrored, into `target` (`h * w * 2C` floats).
  ///
  /// - Precondition: the cache is complete, and has mirror images where one is asked for.
  public func read(
    _ index: Int, isMirrored: Bool, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    require(target.count == elementCount, "\(target.count) floats for \(elementCount) moments")
    require(!isMirrored || key.includesMirrored, "this cache holds no mirror images")
    guard let file = shards[index / shardLength] else {
      require(false, "the latent cache is read before it is complete")
      return
    }
    let position = (index % shardLength) * orientations + (isMirrored ? 1 : 0)
    try file.withBytes(of: "moments") { bytes in
      let start = position * elementCount * 2
      for element in 0..<elementCount {
        let bits = bytes.loadUnaligned(fromByteOffset: start + 2 * element, as: UInt16.self)
        target[element] = Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      }
    }
  }
}
