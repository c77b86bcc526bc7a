import Platform

/// A dense, row-major array of 32-bit floats.
///
/// A value: copies share storage until one of them is written. There are no strides; ``reshaped(_:)``
/// and a slice of the leading axis are free, whatever else moves data is a named operation.
/// Activations are channels last, `[N, H, W, C]`, so a feature map is also its token matrix.
public struct Tensor: Sendable {
  var storage: Storage
  var offset: Int
  public private(set) var shape: Shape
  /// Where this value stands on a tape; nil for constants.
  var tapePosition: TapePosition?

  /// Uninitialised memory, to be filled by the caller.
  init(uninitialized shape: Shape) {
    storage = Storage(count: max(1, shape.count))
    offset = 0
    self.shape = shape
  }

  /// - Precondition: `floats.count == shape.count`.
  public init(_ floats: [Float], shape: Shape) {
    require(floats.count == shape.count, "\(floats.count) numbers can't fill the shape \(shape)")
    self.init(uninitialized: shape)
    floats.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { storage.base.update(from: base, count: floats.count) }
    }
  }

  /// A tensor whose numbers are written by `body` into memory that is not initialised.
  public init(shape: Shape, fillingWith body: (UnsafeMutableBufferPointer<Float>) throws -> Void)
    rethrows
  {
    self.init(uninitialized: shape)
    try body(UnsafeMutableBufferPointer(start: storage.base, count: shape.count))
  }

  public static func zeros(_ shape: Shape) -> Tensor { full(shape, 0) }

  public static func full(_ shape: Shape, _ value: Float) -> Tensor {
    Tensor(shape: shape) { $0.update(repeating: value) }
  }

  /// Independent standard normal numbers.
  public static func normal(_ shape: Shape, using stream: inout RandomStream) -> Tensor {
    OperationProfile.measure("random numbers") {
      Tensor(shape: shape) { stream.fillNormal($0) }
    }
  }

  public var count: Int { shape.count }
  var byteCount: Int { count * MemoryLayout<Float>.stride }

  /// The numbers, copied out.
  public var floats: [Float] { withFloats { Array($0) } }

  /// The same numbers under another shape of the same count.
  public func reshaped(_ shape: Shape) -> Tensor {
    require(shape.count == self.shape.count, "\(self.shape) can't be read as \(shape)")
    var result = self
    result.shape = shape
    result.tapePosition = nil
    guard tapePosition != nil else { return result }
    let original = self.shape
    return Tensor.recorded("reshape", result, inputs: [self], saving: []) { upstream, _ in
      [upstream.reshaped(original)]
    }
  }

  /// Rows `rows` of the leading axis; shares storage.
  public subscript(leading rows: Range<Int>) -> Tensor {
    require(
      shape.rank > 0 && rows.lowerBound >= 0 && rows.upperBound <= shape[0],
      "rows \(rows) are not within \(shape)")
    let stride = shape.dims.dropFirst().reduce(1, *)
    var result = self
    result.offset += rows.lowerBound * stride
    result.shape = Shape([rows.count] + shape.dims.dropFirst())
    result.tapePosition = nil
    guard tapePosition != nil else { return result }
    let original = shape
    return Tensor.recorded("slice", result, inputs: [self], saving: []) { upstream, _ in
      var gradient = Tensor.zeros(original)
      gradient.withMutableFloats { target in
        upstream.withFloats { source in
          for index in source.indices { target[rows.lowerBound * stride + index] = source[index] }
        }
      }
      return [gradient]
    }
  }

  /// The same value, as a constant.
  public func detached() -> Tensor {
    var result = self
    result.tapePosition = nil
    return result
  }

  public func withFloats<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.base + offset, count: shape.count))
    }
  }

  /// Writes in place; the storage is copied first when it is shared.
  public mutating func withMutableFloats<R>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = Storage(count: max(1, shape.count))
      copy.base.update(from: storage.base + offset, count: shape.count)
      storage = copy
      offset = 0
    }
    tapePosition = nil
    return try withExtendedLifetime(storage) {
      try body(UnsafeMutableBufferPointer(start: storage.base + offset, count: shape.count))
    }
  }

  /// The address of the first number; valid while the tensor is alive.
  package var base: UnsafePointer<Float> { UnsafePointer(storage.base + offset) }

  /// The address for a result that was just made and is not shared.
  var mutableBase: UnsafeMutablePointer<Float> { storage.base + offset }
}
