/// One zip archive per way to be broken.
enum HostileZips {
  private typealias P = PickleBytes

  private static let good = ZipBytes.checkpoint(P.file(P.dictionary([("w", P.tensor())])))

  private static func changed(_ change: (inout ZipBytes) -> Void) -> [UInt8] {
    var zip = good
    change(&zip)
    return zip.bytes
  }

  /// A file of two or more as good as `good`, to see that the rest of the corpus fails for what was
  /// changed.
  static let accepted: [[UInt8]] = [
    good.bytes, changed { $0.isWide = true }, changed { $0.comment = [0x50, 0x4b, 5, 6, 7] },
    changed { $0.files[1].padding = 37 }, changed { $0.files[1].localSize = .max },
    changed {
      $0.files[1].flags = 8
      $0.files[1].localSize = 0
    },
    changed { $0.files.insert(ZipBytes.File(name: "archive/", bytes: []), at: 0) },
    changed { $0.files.append(ZipBytes.File(name: "archive/code/data.pkl", bytes: [1, 2])) },
    changed { $0.files.append(ZipBytes.File(name: "notes.txt", bytes: [1], method: 8)) },
  ]

  static let all: [HostileFile] = [
    HostileFile(
      damaged: Array(good.bytes.dropLast()), "is a zip archive without a directory at its end"),
    HostileFile(
      damaged: Array(good.bytes.prefix(200)), "is a zip archive without a directory at its end"),
    HostileFile(
      damaged: Array("PK\u{3}\u{4}".utf8), "is a zip archive without a directory at its end"),
    HostileFile(
      damaged: changed { $0.directoryOffset = 1 << 30 },
      "is a zip archive whose directory is not where it says"),
    HostileFile(
      damaged: changed { $0.directoryByteCount = 1 << 31 },
      "is a zip archive whose directory is not where it says"),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.directoryOffset = -1
      }, "is a zip archive whose directory is not where it says"),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.directoryOffset = Int.max
        $0.directoryByteCount = Int.max
      }, "is a zip archive whose directory is not where it says"),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.locatorOffset = 3
      }, "is a zip archive whose 64-bit directory record is not found"),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.locatorOffset = -1 & Int.max
      }, "is a zip archive whose 64-bit directory record is not found"),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.narrowOffset = 5
      }, "is a zip archive with two directories that disagree"),
    HostileFile(
      damaged: changed { $0.narrowOffset = .max },
      "is a zip archive without its 64-bit directory record"),
    HostileFile(
      changed { $0.disk = 1 }, "is one part of a zip archive in several; put them together first"),
    HostileFile(
      damaged: changed { $0.entryCount = 3 },
      "is a zip archive whose directory breaks off at file 2 of 3"),
    HostileFile(
      damaged: changed { $0.entryCount = 1 },
      "is a zip archive with 60 bytes after the last file of its directory"),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.entryCount = 1 << 40
      }, "is a zip archive of 1099511627776 files; the limit is 1048576"),
    HostileFile(
      damaged: changed { $0.files[1].localName = "archive/data/1" },
      "is a zip archive whose directory and headers disagree about \"archive/data/0\""),
    HostileFile(
      damaged: changed { $0.files[1].localSize = 15 },
      "is a zip archive whose directory and headers disagree about \"archive/data/0\""),
    HostileFile(
      damaged: changed { $0.files[1].directoryOffset = 1 },
      "is a zip archive whose directory and headers disagree about \"archive/data/0\""),
    HostileFile(
      damaged: changed { $0.files[1].directoryOffset = 1 << 31 },
      "is a zip archive whose directory and headers disagree about \"archive/data/0\""),
    HostileFile(
      damaged: changed {
        $0.isWide = true
        $0.files[1].localSize = .max
        $0.files[1].directorySize = .max
      }, "is a zip archive in which \"archive/data/0\" leaves its place"),
    HostileFile(
      damaged: changed {
        $0.files[1].flags = 8
        $0.files[1].directorySize = 17
      }, "is a zip archive in which \"archive/data/0\" leaves its place"),
    HostileFile(
      damaged: changed {
        $0.files[0].flags = 8
        $0.files[0].directorySize = UInt64($0.files[0].bytes.count + 20)
      }, "is a zip archive in which \"archive/data.pkl\" and \"archive/data/0\" overlap"),
    HostileFile(
      damaged: changed { $0.files.append($0.files[1]) },
      "is a zip archive with two files called \"archive/data/0\""),
    HostileFile(
      changed { $0.files[0].method = 8 },
      "holds \"archive/data.pkl\" compressed, which can't be mapped; unpack the archive and zip it "
        + "again with \"zip -0 -r\""),
    HostileFile(
      changed { $0.files[1].flags = 1 },
      "holds \"archive/data/0\" encrypted, which can't be mapped; unpack the archive and zip it "
        + "again with \"zip -0 -r\""),
    HostileFile(
      changed { $0.files.removeFirst() },
      "is a zip archive without a data.pkl, not a PyTorch checkpoint; if it was made of a model's "
        + "folder, unpack it"),
    HostileFile(
      changed { $0.files.append(ZipBytes.File(name: "other/data.pkl", bytes: [])) },
      "is a zip archive with several data.pkl (\"archive/data.pkl\", \"other/data.pkl\"); zip each "
        + "checkpoint by itself"),
    HostileFile(
      changed { $0.files.append(ZipBytes.File(name: "archive/constants.pkl", bytes: [])) },
      "is a TorchScript program, not a checkpoint; save the model's state_dict()"),
    HostileFile(
      changed {
        $0.files.append(ZipBytes.File(name: "archive/byteorder", bytes: Array("big".utf8)))
      }, "was saved on a big-endian machine; save it again on a little-endian one"),
  ]
}
