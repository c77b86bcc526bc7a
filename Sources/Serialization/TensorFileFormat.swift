import Platform

/// What a file is by its first bytes; its name says nothing.
public enum TensorFileFormat: Sendable, Hashable {
  case safetensors
  /// A zip archive, as PyTorch 1.6 and later save.
  case torchArchive
  /// A pickle followed by raw storages, as PyTorch saved before.
  case torchPickle
  /// Something that is often found in the place of weights; `what` says it as "is ..." and ends
  /// with what to do.
  case other(what: String)
  /// Nothing known, perhaps a damaged file of weights.
  case unknown

  /// - Throws: ``ReportableError`` naming `path`: `missingInput` when it can't be opened.
  public init(ofFileAt path: String) throws {
    let file = try MappedFile(path: path)
    do {
      try self.init(of: file.bytes)
    } catch let error as ReportableError {
      throw error.at(path)
    }
  }

  /// - Throws: ``ReportableError`` (`badData`) without a path when the file only stands for weights
  ///   that were not fetched: a Git-LFS pointer, or nothing at all.
  init(of file: UnsafeRawBufferPointer) throws {
    let start = [UInt8](file.prefix(64))
    let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{feff}" }
      .lowercased()
    if file.isEmpty { throw ReportableError(.badData, "is empty; fetch it again") }
    if text.hasPrefix("version https://git-lfs") {
      throw ReportableError(.badData, "is a Git-LFS pointer, not weights; run git lfs pull")
    }
    // A safetensors header starts at byte 8; the lengths before it can look like anything.
    if start.count > 8, start[8] == UInt8(ascii: "{"), start[6] == 0, start[7] == 0 {
      self = .safetensors
    } else if start.starts(with: [0x50, 0x4b, 0x03, 0x04]) {
      self = .torchArchive
    } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      self = .torchPickle
    } else if let what = Self.knownOther(start, text, file) {
      self = .other(what: what)
    } else {
      self = .unknown
    }
  }

  private static func knownOther(
    _ start: [UInt8], _ text: String, _ file: UnsafeRawBufferPointer
  ) -> String? {
    if text.hasPrefix("<!doctype") || text.hasPrefix("<html") || text.hasPrefix("<?xml") {
      "is a web page, not weights; the download failed, fetch it again (a login may be needed)"
    } else if start.starts(with: [0x1f, 0x8b]) {
      "is compressed with gzip; unpack it first"
    } else if start.starts(with: Array("GGUF".utf8)) {
      "is a GGUF file; fetch the safetensors version of the model"
    } else if text.hasPrefix("{") {
      "is JSON text, perhaps an index of several files; name the .safetensors file itself"
    } else if start.starts(with: [0x50, 0x4b, 0x05, 0x06]) {
      "is a zip archive without any file in it; fetch it again"
    } else if start.starts(with: [0x89] + Array("HDF\r\n".utf8)) {
      "is an HDF5 file, perhaps of Keras; fetch the safetensors version of the model"
    } else if file.count >= 512, file[257..<262].elementsEqual("ustar".utf8) {
      "is a tar archive; unpack it, or when it is a PyTorch checkpoint of before 2017 save it "
        + "again with a current PyTorch"
    } else {
      nil
    }
  }

  /// Why a file of this format is not `wanted`, and what to do.
  func mistakenFor(_ wanted: String) -> String {
    switch self {
    case .safetensors: "is not \(wanted) but has the form of a safetensors file"
    case .torchArchive: "is a zip archive, probably a PyTorch checkpoint, not \(wanted)"
    case .torchPickle: "is a Python pickle, probably an old PyTorch checkpoint, not \(wanted)"
    case .other(let what): what
    case .unknown: "is not \(wanted), or is damaged at its start; fetch it again"
    }
  }
}

extension TensorFileFormat {
  /// Opens the file at `path` with the reader that its content asks for.
  ///
  /// - Throws: ``ReportableError`` naming `path`.
  public static func openFile(at path: String) throws -> any TensorFile {
    switch try TensorFileFormat(ofFileAt: path) {
    case .safetensors: return try SafetensorsFile(path: path)
    case .torchArchive, .torchPickle: return try TorchCheckpoint(path: path)
    case .other(let what): throw ReportableError(.badData, what, path: path)
    case .unknown:
      throw ReportableError(
        .badData,
        TensorFileFormat.unknown.mistakenFor("a safetensors file or a PyTorch checkpoint"),
        path: path)
    }
  }
}
