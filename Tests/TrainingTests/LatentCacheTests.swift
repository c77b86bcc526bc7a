import Foundation
import Imaging
import Models
import Platform
import TensorCore
import TestSupport
import Testing
import Training
import VisionTasks

@Suite struct LatentCacheTests {
  private let folder: TrainingFolder
  private let paths: [String]
  private let model: Autoencoder
  private let key = LatentCache.Key(
    autoencoder: "a", pictureSize: 16, latentSize: 8, latentChannels: 3, includesMirrored: true)

  init() throws {
    let folder = try TrainingFolder()
    self.folder = folder
    paths = (0..<5).map { folder["\($0).png"] }
    // One of another size: it is squashed.
    for (number, path) in paths.enumerated() {
      try PNG.write(
        SyntheticStages.picture(number: number, side: number == 3 ? 21 : 16), to: path)
    }
    model = try Autoencoder(
      SyntheticStages.configuration().model.autoencoderConfiguration, weights: .random(seed: 2),
      purpose: .training)
  }

  private func cache(_ name: String, key: LatentCache.Key? = nil) throws -> LatentCache {
    try LatentCache(paths: paths, folder: folder[name], key: key ?? self.key, shardLength: 2)
  }

  private func moments(_ pictures: Tensor) -> Tensor {
    let posterior = model.encode(pictures)
    return Tensor.concatenated(posterior.mean, posterior.logVariance)
  }

  private func complete(_ cache: LatentCache) throws {
    while !cache.isComplete { try cache.encodeNext(moments) }
  }

  private func read(_ cache: LatentCache, _ index: Int, isMirrored: Bool) throws -> [Float] {
    var values = [Float](repeating: .nan, count: 8 * 8 * 6)
    try values.withUnsafeMutableBufferPointer {
      try cache.read(index, isMirrored: isMirrored, into: $0)
    }
    return values
  }

  @Test func equalsDirectEncoding() throws {
    let cache = try cache("cache")
    #expect(cache.encodedCount == 0 && cache.pictureCount == 5)
    try complete(cache)
    #expect(cache.encodedCount == 5)
    for (index, path) in paths.enumerated() {
      let picture = try PictureLoading.square(path, side: 16)
      for isMirrored in [false, true] {
        let shown = isMirrored ? picture.flippedHorizontally() : picture
        expectClose(
          try read(cache, index, isMirrored: isMirrored), moments(shown.tensor).floats,
          absolute: 1e-4, relative: 1e-3)
      }
    }
  }

  @Test func goesOnAfterItsLastWholeShard() throws {
    try complete(try cache("whole"))
    let first = try cache("cut")
    while first.encodedCount < 3 { try first.encodeNext(moments) }
    // What a killed process leaves of the next shard.
    try Data("cut off".utf8).write(
      to: URL(fileURLWithPath: first.folder + "/shard-00002.safetensors.77.partial"))
    let second = try cache("cut")
    #expect(second.encodedCount == 4 && !second.isComplete)
    try complete(second)
    for (name, data) in try folder.contents(of: "whole") {
      #expect(try folder.contents(of: "cut")[name] == data, "\(name)")
    }
  }

  @Test func everythingItDependsOnHasAFolderOfItsOwn() throws {
    var keys = [key, key, key]
    keys[0].autoencoder = "b"
    keys[1].includesMirrored = false
    keys[2].pictureSize = 32
    var folders = try keys.map { try cache("cache", key: $0).folder }
    folders.append(try cache("cache").folder)
    folders.append(
      try LatentCache(paths: paths.reversed(), folder: folder["cache"], key: key, shardLength: 2)
        .folder)
    #expect(Set(folders).count == 5)
    #expect(try cache("cache").folder == folders[3])
  }

  @Test func aDamagedShardIsToldWithTheWayOut() throws {
    let first = try cache("cache")
    try complete(first)
    let shard = first.folder + "/shard-00001.safetensors"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: shard))
    try bytes.prefix(bytes.count - 9).write(to: URL(fileURLWithPath: shard))
    expectReport(.badData, shard, "remove it and go on with --resume") { try cache("cache") }
    try FileManager.default.removeItem(atPath: shard)
    try complete(try cache("cache"))
  }

  @Test func latentsThatAreNotFiniteAreRefused() throws {
    expectReport(.badData, "no finite latent") {
      try cache("cache").encodeNext { moments($0) * .nan }
    }
  }

  @Test func aFlipIsOneOfPictureAndTarget() throws {
    let cache = try cache("cache")
    try complete(cache)
    let source = CachedLatents(
      cache: cache, positions: paths.indices.map { (picture: $0, target: $0) }, size: 8,
      channels: 3, flip: 0.5)
    let live = LiveLatents(
      autoencoder: model,
      examples: paths.map {
        TrainingExample(picturePath: $0, targetPath: $0, instruction: "", task: .depth)
      }, sides: 16...19, crop: 16, flip: 0.5)
    let indices = Array(0..<5) + Array(0..<5)
    for source: any LatentSource in [source, live] {
      var streams = indices.indices.map { RandomStream(seed: 3, stream: UInt64($0)) }
      let batch = try source.batch(indices, using: &streams)
      let values = batch.condition.floats
      #expect(values == batch.targetMean.floats)
      // The second five are the same pictures, some of them flipped otherwise.
      let isChanged = Array(values[..<960]) != Array(values[960...])
      #expect(isChanged)
      // An example's latents depend on its own stream alone.
      var alone = [RandomStream(seed: 3, stream: 6)]
      let single = try source.batch([1], using: &alone)
      expectClose(
        single.targetLogVariance.floats,
        Array(batch.targetLogVariance.floats[(6 * 192)..<(7 * 192)]), absolute: 1e-5,
        relative: 1e-5)
    }
  }

  @Test func linkedAndRepeatedFilesAreOnePicture() throws {
    let files = FileManager.default
    try files.linkItem(atPath: paths[0], toPath: folder["link.png"])
    try files.copyItem(atPath: paths[1], toPath: folder["copy.png"])
    let examples = [
      (paths[0], paths[1]), (folder["link.png"], folder["copy.png"]), (paths[2], paths[0]),
    ].map {
      TrainingExample(picturePath: $0.0, targetPath: $0.1, instruction: "", task: .depth)
    }
    let distinct = try DistinctPictures(examples)
    #expect(distinct.paths == Array(paths[0..<3]))
    #expect(distinct.positions.map(\.picture) == [0, 0, 2])
    #expect(distinct.positions.map(\.target) == [1, 1, 0])
    try files.removeItem(atPath: paths[2])
    expectReport(.missingInput, paths[2]) { try DistinctPictures(examples) }
  }
}
