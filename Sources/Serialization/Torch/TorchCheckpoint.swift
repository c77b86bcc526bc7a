import Platform

/// A PyTorch checkpoint (`.ckpt`, `.pt`, `.pth`, `.bin`), mapped into memory: tensors by name, their
/// elements converted when they are asked for.
///
/// Reads the zip archives that `torch.save` writes since PyTorch 1.6 and the pickles followed by raw
/// storages that it wrote before. Nothing in the file is ever run: of all functions and classes that
/// a pickle names, only those that build tensors and dictionaries are understood, and the rest is
/// left out.
///
/// Goldens: `torch-*.pt` (written by `torch.save`).
/// Limitations: little-endian files only; no tensors of complex, quantised, sparse or 8-bit float
/// kinds (``unreadable``); no tensors inside objects other than dictionaries, lists and tuples, such
/// as a whole `nn.Module`.
public final class TorchCheckpoint: TensorFile {
  /// The tensors in the order in which the checkpoint names them.
  public let entries: [TorchCheckpointEntry]
  public let unreadable: [String: String]
  /// The functions and classes that the checkpoint wants called and that are left out, sorted.
  public let ignoredCallables: [String]
  let file: MappedFile
  private let indices: [String: Int]

  /// Maps and checks the file at `path`.
  ///
  /// - Throws: ``ReportableError`` naming `path`: `missingInput` when it can't be opened, `badData`
  ///   when it is another kind of file, damaged, compressed, or has no tensors by name.
  public init(path: String) throws {
    file = try MappedFile(path: path)
    do {
      let content = try Self.content(of: file.bytes)
      let interpreter = TorchInterpreter(pickle: content.pickle)
      let names = try TorchTensorNames(interpreter)
      entries = try Self.placed(names.tensors, storages: content.storages)
      unreadable = Dictionary(
        names.unreadable.map { ($0.name, $0.reason) }, uniquingKeysWith: { first, _ in first })
      ignoredCallables = interpreter.ignoredCallables()
      if entries.isEmpty {
        throw Self.noTensors(unreadable: names.unreadable.first, ignored: ignoredCallables)
      }
    } catch let error as ReportableError {
      throw error.at(path)
    }
    indices = Dictionary(
      entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where the file was when it was opened.
  public var path: String { file.path }

  /// The tensor called `name`, if there is one that can be read.
  public subscript(name: String) -> TorchCheckpointEntry? { indices[name].map { entries[$0] } }

  public func entry(_ name: String) throws -> TorchCheckpointEntry {
    if let entry = self[name] { return entry }
    throw noEntry(name)
  }

  public func prefetchPages(of name: String) {
    if let entry = self[name] { file.prefetchPages(entry.byteRange) }
  }

  public func releasePages(of name: String) {
    if let entry = self[name] { file.releasePages(entry.byteRange) }
  }

  public func releasePages() { file.releasePages(0..<file.bytes.count) }
}

extension TorchCheckpoint {
  /// The pickle that names the tensors, and where the bytes of each storage are.
  struct Content {
    let pickle: Pickle
    let storages: [String: Range<Int>]
  }

  private static func content(of file: UnsafeRawBufferPointer) throws -> Content {
    let format = try TensorFileFormat(of: file)
    switch format {
    case .torchArchive: return try Content(archive: file)
    case .torchPickle: return try Content(storagesAfterPickle: file)
    case .safetensors, .other, .unknown:
      throw ReportableError(.badData, format.mistakenFor("a PyTorch checkpoint"))
    }
  }

  /// Relates all tensors to their storages; one error tells everything that is wrong.
  private static func placed(
    _ tensors: [(name: String, tensor: TorchTensor)], storages: [String: Range<Int>]
  ) throws -> [TorchCheckpointEntry] {
    var entries: [TorchCheckpointEntry] = []
    var complaints = TensorComplaints()
    var types: [String: StoredElementType] = [:]
    for (name, tensor) in tensors {
      do {
        entries.append(
          try TorchCheckpointEntry(
            name: name, tensor: tensor, storage: storages[tensor.storage.key]))
      } catch let error as ReportableError {
        complaints.add(error.message)
        continue
      }
      // Only storages without elements are shared between types.
      guard let type = tensor.storage.type, tensor.storage.elementCount > 0 else { continue }
      if let known = types.updateValue(type, forKey: tensor.storage.key), known != type {
        complaints.add(
          "tensor \(quoted(name)) takes storage \(quoted(tensor.storage.key)) as \(type.rawValue), "
            + "others as \(known.rawValue)")
      }
    }
    if let text = complaints.text { throw SafetensorsHeader.damaged(text) }
    return entries
  }

  private static func noTensors(
    unreadable: (name: String, reason: String)?, ignored: [String]
  ) -> ReportableError {
    if let unreadable {
      return ReportableError(
        .badData, "has no tensor that can be read: \(quoted(unreadable.name)) \(unreadable.reason)")
    }
    let objects = ignored.prefix(3).map(quoted).joined(separator: ", ")
    return ReportableError(
      .badData,
      "holds no tensors by name"
        + (ignored.isEmpty ? "" : " but objects made by \(objects), which are not run")
        + "; save the model's state_dict()")
  }
}
