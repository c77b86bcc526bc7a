/// The elements that tensors of a checkpoint share: one record of the file.
struct TorchStorage: Hashable {
  /// What the file calls the record.
  let key: String
  /// Nil for bytes whose meaning only their tensors tell.
  let type: StoredElementType?
  /// Elements of `type`, or bytes.
  let elementCount: Int
  /// The part of the storage that this one is, in elements; all of it unless it is a view.
  let view: Range<Int>?
}

/// A tensor as a checkpoint describes it; nothing about its numbers has been checked.
struct TorchTensor {
  let storage: TorchStorage
  let type: StoredElementType
  /// Of the first element, in elements of `type` from the storage's start.
  let offset: Int
  let shape: [Int]
  /// Elements from one index to the next of each axis.
  let strides: [Int]
}

extension StoredElementType {
  /// By the name of PyTorch's storage class, such as `FloatStorage`.
  init?(torchStorage name: String) {
    guard let type = Self.torchStorageTypes[name] else { return nil }
    self = type
  }

  /// Bytes of one element by the name of PyTorch's storage class, those too whose elements can't be
  /// read.
  static func byteCount(torchStorage name: String) -> Int? {
    torchStorageTypes[name]?.byteCount ?? otherTorchStorageWidths[name]
  }

  /// By the name of PyTorch's dtype, such as `float32`.
  init?(torchType name: String) {
    guard let type = Self.torchTypes[name] else { return nil }
    self = type
  }

  private static let torchStorageTypes: [String: StoredElementType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16,
    "BFloat16Storage": .brainFloat16, "LongStorage": .int64, "IntStorage": .int32,
    "ShortStorage": .int16, "CharStorage": .int8, "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  // Elements of less than a byte are saved as bytes.
  private static let otherTorchStorageWidths = [
    "UntypedStorage": 1, "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "QInt8Storage": 1,
    "QUInt8Storage": 1, "QInt32Storage": 4, "QUInt4x2Storage": 1, "QUInt2x4Storage": 1,
  ]

  private static let torchTypes: [String: StoredElementType] = [
    "float64": .float64, "float32": .float32, "float16": .float16, "bfloat16": .brainFloat16,
    "int64": .int64, "int32": .int32, "int16": .int16, "int8": .int8, "uint8": .uint8,
    "bool": .bool,
  ]
}
