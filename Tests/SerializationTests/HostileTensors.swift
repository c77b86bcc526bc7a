/// One checkpoint per way in which its tensors can be wrong though the pickle is well formed.
enum HostileTensors {
  private typealias P = PickleBytes

  private static func file(
    _ root: [UInt8], storages: [(String, [UInt8])] = [("0", [UInt8](repeating: 0, count: 16))]
  ) -> [UInt8] {
    ZipBytes.checkpoint(P.file(root), storages: storages).bytes
  }

  /// A checkpoint of one tensor.
  private static func tensor(_ tensor: [UInt8]) -> [UInt8] { file(P.dictionary([("w", tensor)])) }

  private static func damaged(_ tensor: [UInt8], _ what: String) -> HostileFile {
    HostileFile(damaged: Self.tensor(tensor), "tensor \"w\" \(what)")
  }

  private static func unreadable(_ tensor: [UInt8], _ what: String) -> HostileFile {
    HostileFile(Self.tensor(tensor), "has no tensor that can be read: \"w\" \(what)")
  }

  static let shapes: [HostileFile] = [
    damaged(
      P.tensor(shape: [5]),
      "of shape [5] and strides [1] from element 0 leaves its storage of 4 "
        + "elements"),
    damaged(
      P.tensor(offset: 1),
      "of shape [4] and strides [1] from element 1 leaves its storage of 4 "
        + "elements"),
    damaged(
      P.tensor(offset: -1),
      "of shape [4] and strides [1] from element -1 leaves its storage of 4 "
        + "elements"),
    damaged(
      P.tensor(offset: 9, shape: [0]),
      "of shape [0] and strides [1] from element 9 leaves its "
        + "storage of 4 elements"),
    damaged(
      P.tensor(strides: [2]),
      "of shape [4] and strides [2] from element 0 leaves its storage of 4 "
        + "elements"),
    damaged(
      P.tensor(strides: [-1]),
      "of shape [4] and strides [-1] from element 0 leaves its storage of "
        + "4 elements"),
    damaged(
      P.tensor(strides: [.max]),
      "of shape [4] and strides [9223372036854775807] from element 0 "
        + "leaves its storage of 4 elements"),
    damaged(
      P.tensor(offset: 4, shape: [2], strides: [.max]),
      "of shape [2] and strides "
        + "[9223372036854775807] from element 4 leaves its storage of 4 elements"),
    damaged(P.tensor(shape: [-4]), "has an impossible shape [-4]"),
    damaged(P.tensor(shape: [2, 2]), "has an impossible shape [2, 2]"),
    damaged(
      P.tensor(shape: [1 << 32, 1 << 32], strides: [0, 0]),
      "has an impossible shape [4294967296, 4294967296]"),
    damaged(
      P.tensor(shape: [1 << 32, 0, 1 << 32], strides: [0, 0, 0]),
      "has an impossible shape [4294967296, 0, 4294967296]"),
    damaged(
      P.tensor(shape: [1 << 61], strides: [0]), "has an impossible shape [2305843009213693952]"),
    damaged(
      P.tensor(shape: [1 << 40], strides: [0]),
      "repeats its storage of 4 elements to 1099511627776; the limit is 16777216"),
    unreadable(
      P.tensor(shape: [Int](repeating: 1, count: 65), strides: [Int](repeating: 1, count: 65)),
      "is described incompletely"),
  ]

  static let storages: [HostileFile] = [
    damaged(
      P.tensor(P.storage(count: 5)), "needs storage \"0\" of 5 elements of F32, which has 16 bytes"),
    damaged(
      P.tensor(P.storage("DoubleStorage", count: 4)),
      "needs storage \"0\" of 4 elements of F64, which has 16 bytes"),
    damaged(
      P.tensor(P.storage(count: -4)),
      "needs storage \"0\" of -4 elements of F32, which has 16 bytes"),
    damaged(
      P.tensor(P.storage(count: .max)),
      "needs storage \"0\" of 9223372036854775807 elements of F32, which has 16 bytes"),
    damaged(
      P.tensor(P.storage(key: "../data.pkl", count: 4)),
      "needs storage \"../data.pkl\", which is not in the file"),
    HostileFile(
      damaged: file(
        P.dictionary([
          ("a", P.tensor()), ("b", P.tensor(P.storage("IntStorage", count: 4))),
          ("c", P.tensor(P.storage(key: "7", count: 4))),
        ])),
      "tensor \"b\" takes storage \"0\" as I32, others as F32; tensor \"c\" needs storage \"7\", which "
        + "is not in the file"),
    HostileFile(
      damaged: file(
        P.dictionary((0..<9).map { ("w\($0)", P.tensor(P.storage(key: "x", count: 4))) })),
      (0..<6).map { "tensor \"w\($0)\" needs storage \"x\", which is not in the file" }
        .joined(separator: "; ") + "; and 3 more"),
    unreadable(
      P.tensor(P.storage("ComplexFloatStorage", count: 2)),
      "has elements of type \"torch.ComplexFloatStorage\", which can't be read; convert it to "
        + "float32, float16 or bfloat16"),
    unreadable(
      P.tensor(P.storage(module: "other", count: 4)),
      "has elements of type \"other.FloatStorage\", which can't be read; convert it to float32, "
        + "float16 or bfloat16"),
    unreadable(
      P.tensor(P.storage(count: 4, view: P.tuple([P.text("1"), P.integer(2), P.integer(3)]))),
      "is on a view that leaves its storage"),
    unreadable(
      P.tensor(
        P.storage(count: 4, view: P.tuple([P.text("1"), P.integer(.max), P.integer(.max)]))),
      "is on a view that leaves its storage"),
    unreadable(P.tensor(P.text("storage")), "is described incompletely"),
    unreadable(
      P.tensor(P.call(P.global("some", "storage"), [P.text("true")])), "is described incompletely"),
    unreadable(
      P.call(P.global("torch._utils", "_rebuild_tensor_v2"), []), "is described incompletely"),
    unreadable(
      P.call(P.global("torch._utils", "_rebuild_parameter"), [P.text("no tensor")]),
      "is described incompletely"),
    unreadable(
      (0..<50).reduce(P.tensor()) { inner, _ in
        P.call(P.global("torch._utils", "_rebuild_parameter"), [inner])
      }, "is wrapped more than 8 times"),
  ]

  static let names: [HostileFile] = [
    HostileFile(
      file(P.call(P.global("some.code", "run"), [P.text("touch /tmp/never")])),
      "holds no tensors by name but objects made by \"some.code.run\", which are not run; save the "
        + "model's state_dict()"),
    HostileFile(file(Array("}".utf8)), "holds no tensors by name; save the model's state_dict()"),
    HostileFile(file(Array("N".utf8)), "holds no tensors by name; save the model's state_dict()"),
    HostileFile(
      damaged: file(P.dictionary([("w", P.tensor()), ("w", P.tensor())])),
      "has two values for \"w\""),
    HostileFile(
      damaged: file(
        P.dictionary([("a", P.dictionary([("b", P.tensor())])), ("a.b", P.tensor())])),
      "has two tensors called \"a.b\""),
    HostileFile(
      damaged: file(P.dictionary([("\u{e9}", P.tensor()), ("e\u{301}", P.tensor())])),
      "has two values for \"e\u{301}\""),
    HostileFile(
      damaged: file((0..<70).reduce(P.tensor()) { inner, _ in P.list([inner]) }),
      "nests more than 64 containers"),
    // 100,000 tuples in each other take one byte each.
    HostileFile(
      damaged: file(Array(")".utf8) + [UInt8](repeating: 0x85, count: 100_000)),
      "nests more than 64 containers"),
    HostileFile(
      damaged: file(
        (0..<3).reduce(P.tensor()) { inner, _ in
          P.dictionary([(String(repeating: "x", count: 400), inner)])
        }), "has a name of more than 1024 bytes"),
    HostileFile(damaged: file(doubling(40, P.tensor())), "names more than 131072 tensors"),
    HostileFile(
      file(doubling(60, P.text("x"))),
      "holds no tensors by name; save the model's state_dict()"),
    HostileFile(damaged: file(repeated(1000)), "repeats its containers without end"),
  ]

  /// A list of twice the same list of twice the same list ...: 2^depth ways to one value.
  private static func doubling(_ depth: Int, _ value: [UInt8]) -> [UInt8] {
    // The value is remembered, then each level remembers itself and is taken twice.
    var code = Array("]".utf8) + value + Array("a".utf8)
    for level in 0..<depth {
      code += [UInt8(ascii: "q"), UInt8(level), UInt8(ascii: "0")]
      code += Array("](h".utf8) + [UInt8(level)] + Array("h".utf8) + [UInt8(level)]
      code += Array("e".utf8)
    }
    return code
  }

  /// The same long list with a tensor in it, so many times.
  private static func repeated(_ count: Int) -> [UInt8] {
    let long = P.list([[UInt8](repeating: UInt8(ascii: "N"), count: 10_000), P.tensor()])
    let again = [[UInt8]](repeating: Array("h\u{1}".utf8), count: count)
    return Array("(".utf8) + long + Array("q\u{1}".utf8) + again.joined() + Array("l".utf8)
  }
}
