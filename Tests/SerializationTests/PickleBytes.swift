/// Pickles put together from their instructions, as Python's pickler of protocol 2 would write them.
enum PickleBytes {
  static func file(_ root: [UInt8]) -> [UInt8] { [0x80, 2] + root + [UInt8(ascii: ".")] }

  static func text(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + bytes(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func integer(_ value: Int) -> [UInt8] {
    [0x8a, 8] + bytes(value)
  }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  static func tuple(_ elements: [[UInt8]]) -> [UInt8] {
    [UInt8(ascii: "(")] + elements.joined() + [UInt8(ascii: "t")]
  }

  static func tuple(_ integers: [Int]) -> [UInt8] { tuple(integers.map(integer)) }

  static func list(_ elements: [[UInt8]]) -> [UInt8] {
    Array("](".utf8) + elements.joined() + [UInt8(ascii: "e")]
  }

  static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] {
    Array("}(".utf8) + items.flatMap { text($0.0) + $0.1 } + [UInt8(ascii: "u")]
  }

  /// `function(*arguments)`.
  static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] {
    function + tuple(arguments) + [UInt8(ascii: "R")]
  }

  static func storage(
    _ type: String = "FloatStorage", module: String = "torch", key: String = "0", count: Int,
    view: [UInt8]? = nil
  ) -> [UInt8] {
    let fields = [
      text("storage"), global(module, type), text(key), text("cpu"), integer(count),
    ]
    return tuple(fields + (view.map { [$0] } ?? [])) + [UInt8(ascii: "Q")]
  }

  /// `_rebuild_tensor_v2`.
  static func tensor(
    _ storage: [UInt8] = PickleBytes.storage(count: 4), offset: Int = 0, shape: [Int] = [4],
    strides: [Int] = [1], metadata: [UInt8]? = nil
  ) -> [UInt8] {
    let hooks = call(global("collections", "OrderedDict"), [])
    let arguments = [
      storage, integer(offset), tuple(shape), tuple(strides), [0x89], hooks,
    ]
    return call(
      global("torch._utils", "_rebuild_tensor_v2"), arguments + (metadata.map { [$0] } ?? []))
  }

  static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
