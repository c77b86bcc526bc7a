import Platform
import Testing

@Suite struct JSONScannerTests {
  @Test func readsWhatIsExpectedAndSkipsTheRest() throws {
    var scanner = JSONScanner(
      Array(
        #"""
         { "a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t" : [ 0, 12,9223372036854775807 ],
           "skip": {"x": [true, false, null, -1.5e-3, "s", {}], "y": 7}, "e": [] , "o":{} }
        """#.utf8))
    var keys: [String] = []
    var counts: [Int] = []
    try scanner.object { scanner, key in
      keys.append(key)
      switch key {
      case "skip": try scanner.skipValue()
      case "o": try scanner.object { _, _ in }
      default: try scanner.array { counts.append(try $0.count()) }
      }
    }
    try scanner.finish()
    #expect(keys == ["aé😀\"\\/\u{8}\u{c}\n\r\t", "skip", "e", "o"])
    #expect(counts == [0, 12, .max])
  }

  @Test func writtenStringsAreReadBack() throws {
    for text in ["", "plain", "\"\\/\u{0}\u{8}\u{c}\n\r\t\u{1f}\u{7f}é中😀\u{2028}"] {
      var scanner = JSONScanner(Array(JSONScanner.text(text).utf8))
      #expect(try scanner.string() == text)
      try scanner.finish()
    }
  }

  @Test(arguments: ["nan", "+1", "tru", "", "-", "1e", ".", "x", "}"])
  func refusesWhatIsNoValue(_ text: String) {
    var scanner = JSONScanner(Array("[\n \(text)".utf8))
    let failure = #expect(throws: JSONScanner.Failure.self) {
      try scanner.array { try $0.skipValue() }
    }
    #expect(failure?.line == 2)
  }

  @Test func nonFiniteNumbersAreTakenOnRequest() throws {
    let text = #"{"a": -Infinity, "b": [NaN,Infinity], "c": "NaN"}"#
    var strict = JSONScanner(Array(text.utf8))
    let failure = #expect(throws: JSONScanner.Failure.self) { try strict.skipValue() }
    #expect(failure?.message == "expected a value" && failure?.offset == 6)
    var scanner = JSONScanner(Array(text.utf8))
    scanner.takesNonFiniteNumbers = true
    try scanner.skipValue()
    try scanner.finish()
    #expect(scanner.nonFiniteNumbers == [6..<15, 23..<26, 27..<35])
  }

  @Test(arguments: ["nan", "-NaN", "Inf", "+Infinity", "- Infinity", "NaNs", "Infinity1"])
  func otherWordsAreNoNumbers(_ text: String) {
    var scanner = JSONScanner(Array("[\(text)]".utf8))
    scanner.takesNonFiniteNumbers = true
    #expect(throws: JSONScanner.Failure.self) { try scanner.skipValue() }
  }

  @Test(arguments: [
    (#"{"a": 1, "a": 1}"#, "a"), (#"[{"b": {"c": [{"d": 0, "e": 0, "d": 1}]}}]"#, "d"),
    ("{\"\u{e9}\": 1, \"e\u{301}\": 2}", "e\u{301}"),
  ])
  func equalKeysAreRefusedOnRequest(_ text: String, _ key: String) throws {
    var scanner = JSONScanner(Array(text.utf8))
    try scanner.skipValue()
    var strict = JSONScanner(Array(text.utf8))
    let failure = #expect(throws: JSONScanner.Failure.self) {
      try strict.skipValue(uniqueKeys: true)
    }
    #expect(failure?.message == "\"\(key)\" appears twice")
    var other = JSONScanner(Array(#"[{"a": 1}, {"a": {"a": 2}}]"#.utf8))
    try other.skipValue(uniqueKeys: true)
  }

  @Test func namesAreFitForOneLine() {
    #expect(quoted("a\n\u{1b}[1m\u{202e}b é") == #""a\u{a}\u{1b}[1m\u{202e}b é""#)
    #expect(quoted(String(repeating: "x", count: 101)).count == 105)
  }
}
