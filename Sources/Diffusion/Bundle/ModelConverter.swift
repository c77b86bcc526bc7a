import Foundation
import Layers
import Models
import Platform
import Serialization

/// Writes a model of any layout in another, whole or not at all, tensor by tensor.
///
/// Tensors whose type stays are copied bit for bit, so there and back again gives the same bytes.
/// What is not carried over is what no loader needs: tensors that belong to no part, averages that
/// are not chosen, the buffer `position_ids`.
public struct ModelConverter {
  /// What is written.
  public enum Target: String, CaseIterable, Sendable {
    /// A folder in the layout of diffusers.
    case diffusers
    /// One safetensors file with CompVis' names; the tokenizer is put beside it.
    case single
  }

  public var target: Target
  /// The type of floating-point weights; nil keeps each as it is.
  public var type: StoredElementType?
  /// Gives the UNet so many input channels, the new ones zero; nil leaves it as it is.
  public var inputChannels: Int?

  public init(target: Target, type: StoredElementType? = nil, inputChannels: Int? = nil) {
    self.target = target
    self.type = type
    self.inputChannels = inputChannels
  }

  /// Writes `files` to `output`, which must not exist.
  ///
  /// - Throws: ``ReportableError``: everything that is wrong with the model, NaN weights too;
  ///   `usage` when `output` exists or there is nothing to widen; `inputOutput`.
  public func write(_ files: ModelFiles, to output: String) throws {
    guard !FileManager.default.fileExists(atPath: output) else {
      throw ReportableError(
        .usage, "exists already; choose another name for --output, or remove it", path: output)
    }
    let model = try ConvertibleModel(files, inputChannels: inputChannels)
    switch target {
    case .diffusers: try writeFolder(model, to: output)
    case .single: try writeCheckpoint(model, to: output)
    }
  }

  private func writeFolder(_ model: ConvertibleModel, to output: String) throws {
    try AtomicFolder.write(to: output) { folder in
      func write<C>(_ part: OpenedPart<C>) throws {
        let place = "\(folder)/\(C.part.rawValue)"
        try OutputFolder.make(place)
        var writer = SafetensorsWriter(metadata: ["format": "pt"])
        try add(part.tensors, to: &writer) { ($0, part.tensors.storedShape(of: $0) ?? []) }
        try writer.write(to: "\(place)/\(C.part.standardFileName)")
        try AtomicFile.write(
          part.configurationText ?? part.configuration.json(),
          to: place + "/config.json")
      }
      try write(model.unet)
      try write(model.autoencoder)
      try write(model.textEncoder)
      try OutputFolder.make(folder + "/tokenizer")
      try TokenizerFiles.copy(
        from: model.tokenizerFolder, to: folder + "/tokenizer",
        positionCount: model.textEncoder.configuration.positionCount)
      try OutputFolder.make(folder + "/scheduler")
      try AtomicFile.write(
        model.scheduler?.text ?? model.schedule.json(),
        to: folder + "/scheduler/scheduler_config.json")
      if let card = model.card {
        try AtomicFile.write(card.json(), to: "\(folder)/\(ModelCard.fileName)")
      }
      let takesPictures =
        model.unet.configuration.inputChannels > model.autoencoder.configuration.latentChannels
      let index = ModelIndex(
        takesPictures: takesPictures,
        schedulerClass: model.scheduler?.sampler.className ?? StatedSampler.usualClass)
      try AtomicFile.write(index.json(), to: "\(folder)/\(ModelIndex.fileName)")
    }
  }

  private func writeCheckpoint(_ model: ConvertibleModel, to output: String) throws {
    let folder = URL(fileURLWithPath: output).deletingLastPathComponent().path
    try TokenizerFiles.checkPlace(beside: folder, for: model.tokenizerFolder)
    var writer = SafetensorsWriter(metadata: try model.notes())
    let unet = NameTable.unet(UNetStructure(model.unet.configuration))
    let autoencoder = NameTable.autoencoder(
      levelCount: model.autoencoder.configuration.widths.count,
      layerCount: model.autoencoder.configuration.layerCount)
    func shape(_ name: String, _ tensors: GatheredTensors) -> [Int] {
      tensors.storedShape(of: name) ?? []
    }
    // Every name fits the configuration here, and the tables know all names of a configuration.
    try add(model.unet.tensors, to: &writer) { name in
      (
        ModelPart.unet.compVisPrefix + (unet.compVis(fromDiffusers: name) ?? name),
        shape(name, model.unet.tensors)
      )
    }
    try add(model.autoencoder.tensors, to: &writer) { name in
      let stored = shape(name, model.autoencoder.tensors)
      return (
        ModelPart.autoencoder.compVisPrefix + (autoencoder.compVis(fromDiffusers: name) ?? name),
        NameTable.isPixelProjection(name) && stored.count == 2 ? stored + [1, 1] : stored
      )
    }
    try add(model.textEncoder.tensors, to: &writer) { name in
      (ModelPart.textEncoder.compVisPrefix + name, shape(name, model.textEncoder.tensors))
    }
    try writer.write(to: output)
    do {
      try TokenizerFiles.put(beside: folder, from: model.tokenizerFolder)
    } catch {
      try? FileManager.default.removeItem(atPath: output)
      throw error
    }
  }

  private func add(
    _ tensors: GatheredTensors, to writer: inout SafetensorsWriter,
    _ renamed: (String) -> (name: String, shape: [Int])
  ) throws {
    for name in tensors.tensorNames.sorted() {
      guard let source = tensors[name] else { continue }
      let target = renamed(name)
      let isWidened = inputChannels != nil && name == WidenedInput.tensorName
      if !isWidened, type == nil || type == source.type || !source.type.isFloatingPoint {
        try writer.add(
          copying: source.name, of: source.file, as: target.name, shape: target.shape)
      } else if isWidened, let inputChannels {
        let widened = WidenedInput(tensors, inputChannels: inputChannels)
        writer.add(
          target.name, shape: widened.storedShape(of: name) ?? [], type: type ?? source.type
        ) { body in
          try widened.storedFloats(of: name).withUnsafeBufferPointer(body)
        }
      } else {
        writer.add(target.name, shape: target.shape, type: type ?? source.type) { body in
          try tensors.storedFloats(of: name).withUnsafeBufferPointer(body)
        }
      }
    }
  }
}
