import Imaging
import Platform
import Testing

@Suite struct RunLengthMaskTests {
  struct Masks: Decodable {
    let size: [Int]
    let seeds: [UInt64]
    let texts: [String]
    let areas: [Int]
    let boxes: [[Double]]
    let union: String
    let intersection: String
    let iou: Double
    let crowdIou: Double
  }

  struct Polygons: Decodable {
    let size: [Int]
    let polygons: [[Double]]
    let text: String
  }

  struct Goldens: Decodable {
    let masks: [Masks]
    let polygons: [Polygons]
  }

  @Test func masksEqualTheReferenceTools() throws {
    let goldens: Goldens = try golden("masks")
    for test in goldens.masks {
      let (width, height) = (test.size[0], test.size[1])
      var runs: [RunLengthMask] = []
      for index in 0..<2 {
        let mask = sampleMask(width: width, height: height, seed: test.seeds[index])
        let run = RunLengthMask(mask)
        #expect(run.compressed == test.texts[index])
        #expect(
          try RunLengthMask(width: width, height: height, compressed: test.texts[index]) == run)
        #expect(run.mask == mask)
        #expect(run.area == test.areas[index] && mask.area == test.areas[index])
        let box = test.boxes[index]
        #expect(
          run.box
            == Box(left: box[0], top: box[1], right: box[0] + box[2], bottom: box[1] + box[3]))
        #expect(mask.box == (run.area == 0 ? nil : run.box))
        runs.append(run)
      }
      #expect(runs[0].union(runs[1]).compressed == test.union)
      #expect(runs[0].intersection(runs[1]).compressed == test.intersection)
      #expect(runs[0].mask.union(runs[1].mask) == runs[0].union(runs[1]).mask)
      #expect(runs[0].mask.intersection(runs[1].mask) == runs[0].intersection(runs[1]).mask)
      #expect(abs(runs[0].intersectionOverUnion(runs[1]) - test.iou) < 1e-12)
      #expect(
        abs(runs[0].intersectionOverUnion(runs[1], isCrowd: true) - test.crowdIou) < 1e-12)
      let overlap = runs[0].mask.overlap(runs[1].mask)
      #expect(overlap.intersection == runs[0].intersection(runs[1]).area)
      #expect(overlap.union == runs[0].union(runs[1]).area)
      #expect(
        runs[0].mask.subtracting(runs[1].mask).area == test.areas[0] - overlap.intersection)
    }
  }

  @Test func polygonsEqualTheReferenceTools() throws {
    let goldens: Goldens = try golden("masks")
    try #require(goldens.polygons.count == 200)
    for test in goldens.polygons {
      let mask = try RunLengthMask(
        width: test.size[0], height: test.size[1], polygons: test.polygons)
      #expect(mask.compressed == test.text, "\(test.size) \(test.polygons)")
    }
  }

  @Test(arguments: [
    (width: 5, height: 4, counts: [5, 2, 2, 2, 2, 2, 5], text: "5220003"),
    (3, 3, [0, 9], "09"),
    (3, 3, [9], "9"),
    (40, 1, [0, 1, 16, 1, 15, 1, 2, 1, 3], "01`00O0C01"),
    (1, 227, [100, 31, 32, 15, 16, 33], "T3o0P1@@b0"),
    (1, 1011, [5, 1, 1000, 2, 3], "51Xo01kPO"),
    (1, 100_001, [1, 100_000], "1PeQ3"),
  ])
  func knownTexts(_ test: (width: Int, height: Int, counts: [Int], text: String)) throws {
    let mask = try RunLengthMask(width: test.width, height: test.height, counts: test.counts)
    #expect(mask.compressed == test.text)
    let read = try RunLengthMask(width: test.width, height: test.height, compressed: test.text)
    #expect(read.counts == test.counts)
  }

  @Test func knownShapes() throws {
    var square = Mask(width: 100, height: 100, repeating: false)
    square.fillBox(Box(left: 20, top: 10, right: 49, bottom: 59))
    let run = RunLengthMask(square)
    #expect(run.compressed == "jn1b1b1" + String(repeating: "0", count: 57) + "nk4")
    #expect(run.area == 1500)
    #expect(run.box == Box(left: 20, top: 10, right: 50, bottom: 60))

    let box = try RunLengthMask(
      width: 40, height: 40, polygons: [[10, 10, 20, 10, 20, 20, 10, 20]])
    #expect(box.area == 100 && box.box == Box(left: 10, top: 10, right: 20, bottom: 20))
    let fractions = try RunLengthMask(
      width: 8, height: 8, polygons: [[0, 0, 5.5, 0, 5.5, 4.2, 0, 4.2]])
    #expect(fractions.box == Box(left: 0, top: 0, right: 6, bottom: 4))
    let triangle = try RunLengthMask(width: 8, height: 8, polygons: [[1, 1, 6, 2, 3, 7]])
    #expect(triangle.compressed == "9173M10M2O?")
    let overlapping = try RunLengthMask(
      width: 8, height: 8, polygons: [[0, 0, 4, 0, 4, 4, 0, 4], [2, 2, 6, 2, 6, 6, 2, 6]])
    #expect(overlapping.area == 28)
    #expect(try RunLengthMask(width: 8, height: 8, polygons: []).area == 0)
  }

  @Test func runsMayBeEmptyInTheMiddle() throws {
    let mask = try RunLengthMask(width: 2, height: 3, counts: [1, 0, 1, 2, 0, 0, 2])
    #expect(mask.area == 2)
    #expect(mask.mask.elements == [false, true, false, false, true, false])
    #expect(mask.box == Box(left: 0, top: 0, right: 2, bottom: 3))
    #expect(mask.union(mask).counts == [2, 2, 2])
  }

  @Test(arguments: [
    [], [8], [10], [4, -1, 6], [Int.max, Int.max, 11], [9, 0, 1],
  ])
  func refusesRunsThatDoNotFit(_ counts: [Int]) {
    #expect(throws: ReportableError.self) {
      try RunLengthMask(width: 3, height: 3, counts: counts)
    }
  }

  @Test(arguments: ["", "8", ":", "9Z", "P", "09\u{7f}", "o", "ooooooooooooo0", "/", "0O", "99"])
  func refusesDamagedTexts(_ text: String) {
    #expect(throws: ReportableError.self) {
      try RunLengthMask(width: 3, height: 3, compressed: text)
    }
  }

  @Test(arguments: [(0, 3), (3, 0), (-1, 3), (Int.max, 2), (1 << 20, 1 << 20)])
  func refusesImpossibleSizes(_ size: (width: Int, height: Int)) {
    #expect(throws: ReportableError.self) {
      try RunLengthMask(width: size.width, height: size.height, counts: [0])
    }
    #expect(throws: ReportableError.self) {
      try RunLengthMask(width: size.width, height: size.height, polygons: [])
    }
  }

  @Test(arguments: [
    [1, 2, 3], [], [1, 2], [1, 2, 3, 4, 5], [1, 2, .nan, 4, 5, 6], [1, 2, .infinity, 4, 5, 6],
    [1e9, 2, 3, 4, 5, 6],
  ])
  func refusesImpossiblePolygons(_ coordinates: [Double]) {
    #expect(throws: ReportableError.self) {
      try RunLengthMask(width: 9, height: 9, polygons: [coordinates])
    }
  }

  @Test func mutatedTextsNeverTrap() {
    var noise = TestNoise(seed: 77)
    let text = Array(RunLengthMask(sampleMask(width: 50, height: 40, seed: 9)).compressed.utf8)
    var readCount = 0
    for _ in 0..<3000 {
      var mutated = text
      for _ in 0..<(1 + noise.below(3)) {
        let index = noise.below(mutated.count)
        switch noise.below(3) {
        case 0: mutated[index] = UInt8(40 + noise.below(80))
        case 1: mutated.remove(at: index)
        default: mutated.insert(UInt8(48 + noise.below(64)), at: index)
        }
      }
      let candidate = String(decoding: mutated, as: UTF8.self)
      if let mask = try? RunLengthMask(width: 50, height: 40, compressed: candidate) {
        readCount += 1
        #expect(mask.counts.reduce(0, +) == 2000)
      }
    }
    #expect(readCount < 3000)
  }
}
