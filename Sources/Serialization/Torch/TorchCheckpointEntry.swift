import Platform

/// One tensor of a ``TorchCheckpoint``.
public struct TorchCheckpointEntry: TensorFileEntry, Hashable {
  /// The keys that lead to the tensor, joined by dots.
  public let name: String
  public let type: StoredElementType
  public let shape: [Int]
  /// Elements from one index to the next of each axis; 0 where one element stands for all.
  public let strides: [Int]
  /// Of the first element, in elements from the start of the storage.
  public let storageOffset: Int
  /// Which storage; tensors of equal key share elements.
  public let storageKey: String
  public let elementCount: Int
  /// From the first to the last element, in bytes from the start of the file; the elements are in
  /// between in the order that `strides` tell.
  package let byteRange: Range<Int>
  /// Whether the elements lie in the file as they are counted, the last axis fastest.
  public let isContiguous: Bool
}

extension TorchCheckpointEntry {
  /// Elements of a tensor that repeats its storage (an expanded one); others are bounded by the file.
  private static let maximumRepeatedCount = 1 << 24

  /// Relates `tensor` to the bytes of its storage.
  ///
  /// - Parameter storage: where the storage's bytes are in the file; nil when they are missing.
  /// - Throws: ``ReportableError`` (`badData`) without a path.
  init(name: String, tensor: TorchTensor, storage: Range<Int>?) throws {
    func damaged(_ what: String) -> ReportableError {
      ReportableError(.badData, "tensor \(quoted(name)) \(what)")
    }
    let storageType = tensor.storage.type ?? .uint8
    guard let storage else {
      throw damaged("needs storage \(quoted(tensor.storage.key)), which is not in the file")
    }
    guard tensor.storage.elementCount >= 0,
      let storageByteCount = checkedProduct([tensor.storage.elementCount, storageType.byteCount]),
      storageByteCount == storage.count
    else {
      throw damaged(
        "needs storage \(quoted(tensor.storage.key)) of \(tensor.storage.elementCount) elements of "
          + "\(storageType.rawValue), which has \(storage.count) bytes")
    }
    guard tensor.shape.count == tensor.strides.count, tensor.shape.allSatisfy({ $0 >= 0 }),
      let count = checkedProduct(tensor.shape),
      checkedProduct([count, tensor.type.byteCount]) != nil
    else {
      throw damaged("has an impossible shape \(described(tensor.shape))")
    }
    let view = tensor.storage.view ?? 0..<tensor.storage.elementCount
    let width = tensor.type.byteCount
    let place = storage.lowerBound + view.lowerBound * storageType.byteCount
    let available = view.count * storageType.byteCount / width
    guard tensor.offset >= 0, tensor.strides.allSatisfy({ $0 >= 0 }), tensor.offset <= available,
      let last = Self.lastElement(of: tensor, count: count), last < available
    else {
      throw damaged(
        "of shape \(described(tensor.shape)) and strides \(described(tensor.strides)) from element "
          + "\(tensor.offset) leaves its storage of \(available) elements")
    }
    guard count <= available || count <= Self.maximumRepeatedCount else {
      throw damaged(
        "repeats its storage of \(available) elements to \(count); the limit is "
          + "\(Self.maximumRepeatedCount)")
    }
    self.name = name
    type = tensor.type
    shape = tensor.shape
    strides = tensor.strides
    storageOffset = view.lowerBound + tensor.offset
    storageKey = tensor.storage.key
    elementCount = count
    let end = count == 0 ? tensor.offset : last + 1
    byteRange = place + tensor.offset * width..<place + end * width
    isContiguous = Self.isContiguous(shape: tensor.shape, strides: tensor.strides, count: count)
  }

  /// The place of the element with the highest index, or nil when it exceeds `Int`.
  private static func lastElement(of tensor: TorchTensor, count: Int) -> Int? {
    // Without elements nothing is touched, wherever it would be.
    guard count > 0 else { return -1 }
    var last = tensor.offset
    for (length, stride) in zip(tensor.shape, tensor.strides) {
      let (reach, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(reach)
      if overflow || carry { return nil }
      last = sum
    }
    return last
  }

  private static func isContiguous(shape: [Int], strides: [Int], count: Int) -> Bool {
    guard count > 1 else { return true }
    var expected = 1
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      guard stride == expected else { return false }
      expected *= length
    }
    return true
  }
}
