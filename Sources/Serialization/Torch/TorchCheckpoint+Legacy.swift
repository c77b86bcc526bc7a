import Platform

extension TorchCheckpoint.Content {
  /// Of a file from before PyTorch 1.6: five pickles (a magic number, the version, the machine that
  /// saved, the object, the keys of its storages), then each storage in the order of the keys, its
  /// number of elements (8 bytes) before it.
  ///
  /// Source: pytorch/pytorch, `torch/serialization.py`, `_legacy_load`.
  ///
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(storagesAfterPickle file: UnsafeRawBufferPointer) throws {
    // The magic number is wider than an integer of ours, so it is known by its bytes.
    let magic: [UInt8] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    let first = try PickleMachine.read(file, in: 0..<file.count)
    let start = [UInt8](file[..<min(first.end, 64)])
    guard
      (0..<max(0, start.count - magic.count)).contains(where: {
        start[$0...].starts(with: magic)
      })
    else {
      throw ReportableError(
        .badData, "is a Python pickle but not a PyTorch checkpoint; save it with torch.save")
    }
    let version = try PickleMachine.read(file, in: first.end..<file.count)
    guard version.root == .integer(1001) else {
      throw SafetensorsHeader.damaged("is a PyTorch checkpoint of an unknown version")
    }
    let machine = try PickleMachine.read(file, in: version.end..<file.count)
    guard case .dictionary(let facts) = TorchInterpreter(pickle: machine).meaning(of: machine.root)
    else { throw SafetensorsHeader.damaged("does not describe the machine that saved it") }
    for index in stride(from: 0, to: facts.count - 1, by: 2)
    where facts[index] == .text("little_endian") && facts[index + 1] != .boolean(true) {
      throw ReportableError(
        .badData, "was saved on a big-endian machine; save it again on a little-endian one")
    }
    pickle = try PickleMachine.read(file, in: machine.end..<file.count)
    let keys = try PickleMachine.read(file, in: pickle.end..<file.count)
    storages = try Self.storages(keys, of: pickle, in: file)
  }

  private static func storages(
    _ keys: Pickle, of pickle: Pickle, in file: UnsafeRawBufferPointer
  ) throws -> [String: Range<Int>] {
    let widths = elementWidths(pickle)
    guard case .sequence(let list) = TorchInterpreter(pickle: keys).meaning(of: keys.root) else {
      throw SafetensorsHeader.damaged("does not list its storages")
    }
    var cursor = ByteCursor(file, at: keys.end)
    var storages: [String: Range<Int>] = [:]
    for value in list {
      guard case .text(let key) = value else {
        throw SafetensorsHeader.damaged("has a storage whose key is not text")
      }
      guard let width = widths[key] else {
        throw ReportableError(
          .badData,
          "has a storage \(quoted(key)) of a type that can't be read, so those after it can't be "
            + "found; convert it with a current PyTorch")
      }
      guard let count = cursor.take(Int64.self), let byteCount = checkedByteCount(count, width),
        let range = cursor.take(count: byteCount)
      else { throw SafetensorsHeader.damaged("ends within storage \(quoted(key))") }
      guard storages.updateValue(range, forKey: key) == nil else {
        throw SafetensorsHeader.damaged("has two storages \(quoted(key))")
      }
    }
    return storages
  }

  private static func checkedByteCount(_ count: Int64, _ width: Int) -> Int? {
    count < 0 ? nil : checkedProduct([Int(count), width])
  }

  /// Bytes per element of each storage that the pickle refers to, by key.
  private static func elementWidths(_ pickle: Pickle) -> [String: Int] {
    let interpreter = TorchInterpreter(pickle: pickle)
    var widths: [String: Int] = [:]
    for (index, object) in pickle.objects.enumerated() where object.kind == .reference {
      guard let storage = interpreter.elementWidth(.object(index)) else { continue }
      // The first reference is the one that was saved.
      if widths[storage.key] == nil { widths[storage.key] = storage.byteCount }
    }
    return widths
  }
}
