/// The instructions of pickle protocols 1 to 5 that can occur in a checkpoint.
///
/// Source: python/cpython, `Lib/pickletools.py`. Those of protocol 0 that write their argument as a
/// line of text are missing (no PyTorch ever saved with it), and so are the registry of extensions
/// and buffers outside the pickle, which need the program that saved.
enum PickleOpcode: UInt8 {
  // Control.
  case mark = 0x28
  case stop = 0x2e
  case pop = 0x30
  case popMark = 0x31
  case duplicate = 0x32
  case protocolVersion = 0x80
  case frame = 0x95
  // Memo.
  case shortGet = 0x68
  case longGet = 0x6a
  case shortPut = 0x71
  case longPut = 0x72
  case memoize = 0x94
  // Constants and numbers.
  case none = 0x4e
  case newTrue = 0x88
  case newFalse = 0x89
  case signed32 = 0x4a
  case unsigned8 = 0x4b
  case unsigned16 = 0x4d
  case shortInteger = 0x8a
  case longInteger = 0x8b
  case float64 = 0x47
  // Texts and bytes; those of Python 2 are both.
  case shortText = 0x8c
  case text = 0x58
  case longText = 0x8d
  case shortOldText = 0x55
  case oldText = 0x54
  case shortBytes = 0x43
  case bytes = 0x42
  case longBytes = 0x8e
  case byteArray = 0x96
  // Containers.
  case emptyTuple = 0x29
  case tuple = 0x74
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case emptyList = 0x5d
  case list = 0x6c
  case append = 0x61
  case appendMany = 0x65
  case emptyDictionary = 0x7d
  case dictionary = 0x64
  case setItem = 0x73
  case setItems = 0x75
  case emptySet = 0x8f
  case addItems = 0x90
  case frozenSet = 0x91
  // Names, calls and what lies outside.
  case global = 0x63
  case stackGlobal = 0x93
  case reduce = 0x52
  case newObject = 0x81
  case newObjectWithKeywords = 0x92
  case markedObject = 0x6f
  case namedObject = 0x69
  case build = 0x62
  case persistentID = 0x51
}
