import Platform
import Serialization
import Testing

/// Expects the errors of reading that all formats of weights share.
///
/// - Parameters:
///   - file: holds the floats `f`, 1 and one that is not finite, and `b`, of type `BOOL`, in which
///     one byte is 2.
///   - damage: how the second float of `f` reads, `inf` or `nan`.
func expectReadingErrors(of file: some TensorFile, damage: String) throws {
  func message(_ body: () throws -> Void) -> String? {
    #expect(throws: ReportableError.self) { try body() }?.message
  }
  #expect(
    message { _ = try file.floats("x") }
      == #"has no tensor "x"; it belongs to another model or was cut down"#)
  #expect(
    message { _ = try file.integers("f") }
      == #"tensor "f" is of type F32 where whole numbers are needed"#)
  let notBoolean = #"tensor "b" is BOOL but has bytes other than 0 and 1"#
  #expect(message { _ = try file.integers("b") } == notBoolean)
  #expect(message { _ = try file.floats("b") } == notBoolean)
  #expect(
    message { _ = try file.floats("f", requireFinite: true) }
      == #"element 1 of tensor "f" is \#(damage); the model is damaged or was saved in a type too "#
      + "narrow for it")
  let floats = try file.floats("f")
  #expect(floats.count == 2 && floats[0] == 1 && "\(floats[1])" == damage)
  for (elements, count) in [(0..<3, 3), (-1..<1, 2), (0..<2, 1), (5..<5, 0)] {
    var place = [Float](repeating: 0, count: count)
    let text = place.withUnsafeMutableBufferPointer { place in
      message { try file.read("f", elements: elements, into: place) }
    }
    #expect(
      text
        == #"tensor "f" has shape [2], 2 elements; \#(elements) were asked for in a place for "#
        + "\(count)")
  }
}
