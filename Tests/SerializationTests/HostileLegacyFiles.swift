/// One file of the layout before PyTorch 1.6 per way to be broken.
enum HostileLegacyFiles {
  private typealias P = PickleBytes

  private static let magic: [UInt8] = P.file([
    0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ])
  private static let storage: [UInt8] = P.bytes(4) + [UInt8](repeating: 0, count: 16)

  private static func file(
    version: Int = 1001, isLittle: UInt8 = 0x88, tensor: [UInt8] = P.tensor(),
    others: [(String, [UInt8])] = [], keys: [UInt8] = P.list([P.text("0")]),
    storages: [UInt8] = storage
  ) -> [UInt8] {
    magic + P.file(P.integer(version)) + P.file(P.dictionary([("little_endian", [isLittle])]))
      + P.file(P.dictionary([("w", tensor)] + others)) + P.file(keys) + storages
  }

  static let accepted: [[UInt8]] = [
    file(), file(storages: storage + [1, 2, 3]),
    file(
      tensor: P.tensor(
        P.storage(count: 4, view: P.tuple([P.text("1"), P.integer(1), P.integer(2)])), shape: [2])),
  ]

  private static func other(_ type: String, key: String) -> (String, [UInt8]) {
    (type, P.tensor(P.storage(type, key: key, count: 2), shape: [2]))
  }

  /// Tensors of kinds that can't be read, before one that can.
  static let withOthers = file(
    others: [
      other("ComplexFloatStorage", key: "1"), other("ComplexDoubleStorage", key: "2"),
      other("QUInt8Storage", key: "3"), other("QInt32Storage", key: "4"),
    ],
    keys: P.list(["1", "2", "3", "4", "0"].map(P.text)),
    storages: [8, 16, 1, 4].flatMap { P.bytes(2) + [UInt8](repeating: 1, count: 2 * $0) } + storage)

  static let all: [HostileFile] = [
    HostileFile(
      P.file(P.dictionary([("w", P.tensor())])),
      "is a Python pickle but not a PyTorch checkpoint; save it with torch.save"),
    HostileFile(damaged: magic, "has a pickle that is cut off (byte 0)"),
    HostileFile(damaged: file(version: 1000), "is a PyTorch checkpoint of an unknown version"),
    HostileFile(
      magic + P.file(P.integer(1001)) + P.file(P.text("x")),
      "does not describe the machine that saved it; it is damaged or incomplete, fetch it again"),
    HostileFile(
      file(isLittle: 0x89),
      "was saved on a big-endian machine; save it again on a little-endian one"),
    HostileFile(damaged: file(keys: P.text("0")), "does not list its storages"),
    HostileFile(
      damaged: file(keys: P.list([P.integer(0)])), "has a storage whose key is not text"),
    HostileFile(
      file(keys: P.list([P.text("1")])),
      "has a storage \"1\" of a type that can't be read, so those after it can't be found; convert it "
        + "with a current PyTorch"),
    HostileFile(
      damaged: file(keys: P.list([P.text("0"), P.text("0")]), storages: storage + storage),
      "has two storages \"0\""),
    HostileFile(
      damaged: file(storages: Array(storage.dropLast())), "ends within storage \"0\""),
    HostileFile(damaged: file(storages: [1, 2]), "ends within storage \"0\""),
    HostileFile(damaged: file(storages: P.bytes(-1)), "ends within storage \"0\""),
    HostileFile(damaged: file(storages: P.bytes(Int.max)), "ends within storage \"0\""),
    HostileFile(
      damaged: file(storages: P.bytes(3) + storage),
      "tensor \"w\" needs storage \"0\" of 4 elements of F32, which has 12 bytes"),
    HostileFile(
      damaged: file(keys: P.list([])), "tensor \"w\" needs storage \"0\", which is not in the file"),
    HostileFile(
      damaged: file(
        tensor: P.tensor(
          P.storage(count: 4, view: P.tuple([P.text("1"), P.integer(1), P.integer(2)])),
          shape: [3])),
      "tensor \"w\" of shape [3] and strides [1] from element 0 leaves its storage of 2 elements"),
  ]
}
