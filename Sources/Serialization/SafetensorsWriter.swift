import Platform

/// Collects tensors and writes them as one safetensors file, the same bytes for the same tensors and
/// in the layout of the safetensors library: the widest elements first, then by name, the header
/// padded to eight bytes.
///
/// Tensors are provided when the file is written, one after the other, so a model that is converted
/// while it streams through is never in memory as a whole.
///
/// Golden: `all-types.safetensors`, reproduced byte for byte.
public struct SafetensorsWriter {
  /// Lends the elements of a tensor to the closure it is given, exactly once.
  public typealias Lender<Element> = ((UnsafeBufferPointer<Element>) throws -> Void) throws -> Void

  /// Free text kept in the header (`__metadata__`), written in the order of its keys.
  public var metadata: [String: String]
  private var tensors: [PendingTensor] = []
  private var names: Set<String> = []

  /// A file without tensors yet.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds a tensor of a floating-point type; `float16` and `brainFloat16` round to nearest even.
  ///
  /// - Parameters:
  ///   - shape: axes, outermost first; `lend` provides their product of elements.
  ///   - lend: called when the file is written, such as `{ try tensor.withFloats($0) }`.
  /// - Precondition: the name is new and not `__metadata__`; `type` is a floating-point type.
  public mutating func add(
    _ name: String, shape: [Int], type: StoredElementType = .float32,
    lending lend: @escaping Lender<Float>
  ) {
    require(type.isFloatingPoint, "tensor \(name): floats can't be stored as \(type.rawValue)")
    append(name, shape: shape, type: type) { tensor, output in
      try lendingOnce(lend, to: tensor) { try tensor.write(floats: $0, to: output) }
    }
  }

  /// Adds a tensor of a floating-point type whose elements are `floats`.
  public mutating func add(
    _ name: String, shape: [Int], type: StoredElementType = .float32, floats: [Float]
  ) {
    add(name, shape: shape, type: type) { try floats.withUnsafeBufferPointer($0) }
  }

  /// Adds a tensor of whole numbers.
  ///
  /// - Precondition: `type` is a whole-number type or `BOOL`, and every number fits into it.
  public mutating func add(
    _ name: String, shape: [Int], type: StoredElementType = .int64, integers: [Int]
  ) {
    require(!type.isFloatingPoint, "tensor \(name): integers can't be stored as \(type.rawValue)")
    append(name, shape: shape, type: type) { tensor, output in
      try tensor.write(integers: integers, to: output)
    }
  }

  /// Adds tensor `name` of `file` as it is there, bit for bit, under the name `newName`.
  ///
  /// - Parameter newShape: other axes for the same elements.
  /// - Throws: ``ReportableError`` when the file has no such tensor.
  /// - Precondition: `newShape` has as many elements as the tensor.
  public mutating func add(
    copying name: String, of file: any TensorFile, as newName: String? = nil,
    shape newShape: [Int]? = nil
  ) throws {
    try append(copying: name, of: file, as: newName ?? name, shape: newShape)
  }

  private mutating func append<File: TensorFile>(
    copying name: String, of file: File, as newName: String, shape newShape: [Int]?
  ) throws {
    let entry = try file.entry(name)
    let shape = newShape ?? entry.shape
    require(
      checkedProduct(shape) == entry.elementCount,
      "tensor \(newName) of \(entry.elementCount) elements can't have the shape \(shape)")
    append(newName, shape: shape, type: entry.type) { _, output in
      let pieceCount = 1 << 20
      for begin in stride(from: 0, to: entry.elementCount, by: pieceCount) {
        let piece = begin..<min(begin + pieceCount, entry.elementCount)
        try file.withBytes(of: entry, elements: piece) { try output.append($0) }
      }
      file.releasePages(of: name)
    }
  }

  /// The size of the file that ``write(to:)`` makes.
  public var byteCount: Int {
    tensors.reduce(8 + layout().header.count) { $0 + $1.byteCount }
  }

  /// Writes all tensors to `path`, which is replaced only when everything is on the disk.
  ///
  /// - Throws: ``ReportableError``: `inputOutput` naming `path`, `badData` when a finite number
  ///   is too large for `float16`; or what a lender throws.
  public func write(to path: String) throws {
    let (header, order) = layout()
    try AtomicFile.write(to: path) { output in
      let length = UInt64(header.count).littleEndian
      try withUnsafeBytes(of: length) { try output.append($0) }
      try header.withUnsafeBytes { try output.append($0) }
      for tensor in order {
        do {
          try tensor.write(tensor, output)
        } catch let error as ReportableError {
          throw error.at(path)
        }
      }
    }
  }

  private mutating func append(
    _ name: String, shape: [Int], type: StoredElementType,
    write: @escaping (PendingTensor, AtomicFile.Output) throws -> Void
  ) {
    require(name != "__metadata__", "no tensor can be called __metadata__")
    require(names.insert(name).inserted, "tensor \(name) is written twice")
    require(shape.allSatisfy { $0 >= 0 }, "tensor \(name) has shape \(shape)")
    guard let elementCount = checkedProduct(shape),
      let byteCount = checkedProduct([elementCount, type.byteCount])
    else {
      require(false, "tensor \(name): shape \(shape) is too large")
      return
    }
    tensors.append(
      PendingTensor(
        name: name, shape: shape, type: type, elementCount: elementCount, byteCount: byteCount,
        write: write))
  }

  /// The padded header and the tensors in the order of their data.
  private func layout() -> (header: [UInt8], order: [PendingTensor]) {
    let order = tensors.sorted {
      $0.type == $1.type
        ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        : $0.type.storageRank < $1.type.storageRank
    }
    var members: [String] = []
    if !metadata.isEmpty {
      let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let texts = sorted.map { "\(JSONScanner.text($0.key)):\(JSONScanner.text($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for tensor in order {
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONScanner.text(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + tensor.byteCount)]}")
      offset += tensor.byteCount
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    require(
      header.count <= SafetensorsHeader.maximumByteCount,
      "a safetensors header of \(header.count) bytes is beyond the format's limit")
    return (header, order)
  }
}

/// A tensor whose elements will be provided when it is its turn.
private struct PendingTensor {
  let name: String
  let shape: [Int]
  let type: StoredElementType
  let elementCount: Int
  let byteCount: Int
  let write: (PendingTensor, AtomicFile.Output) throws -> Void

  func write(floats: UnsafeBufferPointer<Float>, to output: AtomicFile.Output) throws {
    switch type {
    case .float32:
      try output.append(UnsafeRawBufferPointer(floats))
    case .float64:
      try write(floats, to: output, as: Double.self) { Double($0) }
    case .brainFloat16:
      try write(floats, to: output, as: UInt16.self) { NarrowFloats.narrowToBrainFloat($0) }
    default:
      // 65520 is the smallest number that rounds to infinity.
      if let tooLarge = floats.first(where: { $0.isFinite && $0.magnitude >= 65520 }) {
        throw ReportableError(
          .badData,
          "\(tooLarge) in tensor \(quoted(name)) is too large for F16; store it as BF16 or F32")
      }
      try write(floats, to: output, as: UInt16.self) { NarrowFloats.narrowToHalf($0) }
    }
  }

  func write(integers: [Int], to output: AtomicFile.Output) throws {
    require(
      integers.count == elementCount,
      "tensor \(name): \(integers.count) integers for shape \(shape)")
    let limits: ClosedRange<Int> =
      switch type {
      case .bool: 0...1
      case .uint8: 0...255
      case .int8: -128...127
      case .int16: -0x8000...0x7fff
      case .int32: -0x8000_0000...0x7fff_ffff
      default: Int.min...Int.max
      }
    require(
      integers.allSatisfy(limits.contains),
      "tensor \(name): an integer is out of the range of \(type.rawValue)")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for integer in integers {
      withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0[..<type.byteCount]) }
    }
    try bytes.withUnsafeBytes { try output.append($0) }
  }

  /// Converts and writes piece by piece, so the copy stays small.
  @inline(__always)
  private func write<Element: BitwiseCopyable>(
    _ floats: UnsafeBufferPointer<Float>, to output: AtomicFile.Output, as: Element.Type,
    _ convert: (Float) -> Element
  ) throws {
    let pieceCount = 1 << 16
    try withUnsafeTemporaryAllocation(
      of: Element.self, capacity: min(pieceCount, max(floats.count, 1))
    ) { piece in
      guard let converted = piece.baseAddress else { return }
      var begin = 0
      while begin < floats.count {
        let count = min(pieceCount, floats.count - begin)
        for index in 0..<count { converted[index] = convert(floats[begin &+ index]) }
        try output.append(
          UnsafeRawBufferPointer(start: converted, count: count * MemoryLayout<Element>.size))
        begin += count
      }
    }
  }
}

/// Takes the elements from `lend`, which must provide them once and completely.
private func lendingOnce(
  _ lend: SafetensorsWriter.Lender<Float>, to tensor: PendingTensor,
  _ body: (UnsafeBufferPointer<Float>) throws -> Void
) throws {
  var callCount = 0
  try withoutActuallyEscaping(body) { body in
    try lend { floats in
      callCount += 1
      require(
        floats.count == tensor.elementCount,
        "tensor \(tensor.name): \(floats.count) floats are lent for shape \(tensor.shape)")
      try body(floats)
    }
  }
  require(callCount == 1, "tensor \(tensor.name) was lent \(callCount) times instead of once")
}
