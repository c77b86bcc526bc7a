import Platform

/// A one-channel map: labels, depth in metres, a mask.
public struct Plane<Element: Sendable>: Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// `[height, width]`, row by row from the top.
  public var elements: [Element]

  /// A map of the given elements.
  ///
  /// - Precondition: `elements.count == width * height`, sizes at least 1.
  public init(width: Int, height: Int, elements: [Element]) {
    require(
      width > 0 && height > 0 && elements.count == width * height,
      "\(elements.count) elements can't fill a \(width)x\(height) plane")
    self.width = width
    self.height = height
    self.elements = elements
  }

  /// A map with the same element everywhere.
  public init(width: Int, height: Int, repeating element: Element) {
    self.init(
      width: width, height: height, elements: [Element](repeating: element, count: width * height))
  }

  /// The element in column `x`, row `y`.
  @inlinable public subscript(x: Int, y: Int) -> Element {
    get { elements[y * width + x] }
    set { elements[y * width + x] = newValue }
  }

  /// The same map with every element transformed.
  @inlinable public func map<Other>(_ transform: (Element) throws -> Other) rethrows -> Plane<Other>
  {
    Plane<Other>(width: width, height: height, elements: try elements.map(transform))
  }
}

extension Plane: Equatable where Element: Equatable {}

/// True where a thing is.
public typealias Mask = Plane<Bool>
