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
  /// Pictures of one shard.
  static let shardLength = 1024

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

  private let folder: String
  private let key: Key
  private let paths: [String]
  private var shards: [SafetensorsFile?]
  private let orientations: Int
  private let elementCount: Int

  /// - Parameters:
  ///   - paths: the distinct pictures, in a fixed order.
  ///   - folder: where the shards are; made if need be.
  public init(paths: [String], folder: String, key: Key) throws {
    self.paths = paths
    self.key = key
    var hash = Fingerprint()
    hash.combine(key.autoencoder)
    hash.combine("\(key.pictureSize) \(key.latentSize) \(key.latentChannels)")
    hash.combine("\(key.includesMirrored)")
    for path in paths { hash.combine(path) }
    self.folder = folder + "/latents-" + hash.text
    orientations = key.includesMirrored ? 2 : 1
    elementCount = key.latentSize * key.latentSize * 2 * key.latentChannels
    let shardCount = (paths.count + Self.shardLength - 1) / Self.shardLength
    shards = [SafetensorsFile?](repeating: nil, count: shardCount)
    do {
      try FileManager.default.createDirectory(
        atPath: self.folder, withIntermediateDirectories: true)
    } catch {
      throw ReportableError(
        .inputOutput, "can't be created; check the folder and free space", path: self.folder,
        cause: error)
    }
    for index in shards.indices where FileManager.default.fileExists(atPath: shardPath(index)) {
      shards[index] = try open(index)
    }
  }

  /// The shard that is to be computed next; nil when the cache is complete.
  public var nextMissingShard: Int? { shards.firstIndex { $0 == nil } }
  public var shardCount: Int { shards.count }

  private func shardPath(_ index: Int) -> String {
    "\(folder)/shard-\(String(format: "%05d", index)).safetensors"
  }

  private func range(_ shard: Int) -> Range<Int> {
    (shard * Self.shardLength)..<min(paths.count, (shard + 1) * Self.shardLength)
  }

  private func open(_ shard: Int) throws -> SafetensorsFile {
    let file = try SafetensorsFile(path: shardPath(shard))
    let entry = try file.entry("moments")
    let size = key.latentSize
    guard
      entry.shape == [range(shard).count, orientations, size, size, 2 * key.latentChannels],
      entry.type == .float16
    else {
      throw ReportableError(
        .badData, "does not belong to this run; remove the folder and start again", path: folder)
    }
    return file
  }

  /// Computes one shard.
  ///
  /// - Parameter encode: pictures `[N, H, W, 3]` to moments `[N, h, w, 2C]`.
  public func computeShard(_ shard: Int, encode: (Tensor) -> Tensor) throws {
    let range = range(shard)
    var moments: [Float] = []
    moments.reserveCapacity(range.count * orientations * elementCount)
    for start in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
      let part = start..<min(start + 16, range.upperBound)
      let tensors = try PictureLoading.parallel(part.count) { offset -> [Tensor] in
        let picture = try PictureLoading.square(
          self.paths[part.lowerBound + offset], side: self.key.pictureSize)
        let upright = picture.tensor
        return self.key.includesMirrored
          ? [upright, picture.flippedHorizontally().tensor] : [upright]
      }
      let side = key.pictureSize
      let batch = Tensor.stacked(tensors.flatMap { $0 })
        .reshaped([part.count * orientations, side, side, 3])
      encode(batch).withFloats { moments.append(contentsOf: $0) }
    }
    var writer = SafetensorsWriter()
    let size = key.latentSize
    writer.add(
      "moments", shape: [range.count, orientations, size, size, 2 * key.latentChannels],
      type: .float16, floats: moments)
    try writer.write(to: shardPath(shard))
    shards[shard] = try open(shard)
  }

  /// The moments of picture `index`, upright or mirrored, into `target` (`h * w * 2C` floats).
  ///
  /// - Precondition: the cache is complete.
  public func read(
    _ index: Int, isMirrored: Bool, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let file = shards[index / Self.shardLength] else {
      throw ReportableError(.internalFailure, "the latent cache is not complete", path: folder)
    }
    require(target.count == elementCount, "\(target.count) floats for \(elementCount) moments")
    let position =
      (index % Self.shardLength) * orientations + (isMirrored && key.includesMirrored ? 1 : 0)
    try file.withBytes(of: "moments") { bytes in
      let start = position * elementCount * 2
      for element in 0..<elementCount {
        let bits = bytes.loadUnaligned(fromByteOffset: start + 2 * element, as: UInt16.self)
        target[element] = Float(Float16(bitPattern: UInt16(littleEndian: bits)))
      }
    }
  }
}
