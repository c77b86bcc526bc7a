import Datasets
import Imaging
import Testing

@Suite struct SceneWorldTests {
  static let world = SceneWorld(seed: 5, size: 96)

  @Test func aSceneDependsOnSeedSplitAndIndexAlone() {
    let first = Self.world.scene(split: .train, index: 7)
    _ = Self.world.scene(split: .val, index: 3)
    let again = SceneWorld(seed: 5, size: 96).scene(split: .train, index: 7)
    #expect(first.picture == again.picture)
    #expect(first.instanceMap == again.instanceMap)
    #expect(first.depth == again.depth)
    #expect(Self.world.scene(split: .train, index: 8).picture != first.picture)
    #expect(Self.world.scene(split: .val, index: 7).picture != first.picture)
    #expect(SceneWorld(seed: 6, size: 96).scene(split: .train, index: 7).picture != first.picture)
  }

  @Test(arguments: SceneSplit.allCases, [32, 77, 128])
  func masksBoxesAndMapAgree(split: SceneSplit, size: Int) {
    let world = SceneWorld(seed: 9, size: size)
    for index in 0..<12 {
      let scene = world.scene(split: split, index: index)
      #expect(scene.picture.width == size && scene.picture.height == size)
      #expect((1...5).contains(scene.instances.count))
      var covered = 0
      for (position, instance) in scene.instances.enumerated() {
        var (left, top, right, bottom, differing) = (size, size, 0, 0, 0)
        for y in 0..<size {
          for x in 0..<size {
            let isMapped = Int(scene.instanceMap[x, y]) == position + 1
            differing += instance.mask[x, y] != isMapped ? 1 : 0
            guard instance.mask[x, y] else { continue }
            (left, top) = (min(left, x), min(top, y))
            (right, bottom) = (max(right, x + 1), max(bottom, y + 1))
          }
        }
        #expect(differing == 0)
        #expect(
          instance.box
            == Box(
              left: Double(left), top: Double(top), right: Double(right), bottom: Double(bottom)))
        #expect(instance.area == instance.mask.elements.filter { $0 }.count)
        #expect(Double(instance.area) >= 110 * Double(size * size) / (128 * 128))
        covered += instance.area
      }
      #expect(covered == scene.instanceMap.elements.filter { $0 != 0 }.count)
    }
  }

  @Test func depthIsMetricAndInRange() {
    for index in 0..<20 {
      let scene = Self.world.scene(split: .train, index: index)
      #expect(scene.depth.elements.allSatisfy { $0 >= 0.5 && $0 <= 10 })
      // Nearer things stand in front: the ground below a solid's lowest pixel is no farther.
      for instance in scene.instances {
        guard let bottom = instance.keypoints.first(where: { $0.name == .bottom }),
          bottom.visibility == .visible
        else { continue }
        let (x, y) = (Int(bottom.x), Int(bottom.y))
        guard scene.instanceMap[x, y + 1] == 0 else { continue }
        #expect(abs(scene.depth[x, y + 1] - scene.depth[x, y]) < 0.6)
      }
    }
  }

  @Test func keypointsLieWhereTheirNamesSay() {
    var visible = 0
    for index in 0..<30 {
      let scene = Self.world.scene(split: .train, index: index)
      for (position, instance) in scene.instances.enumerated() {
        #expect(instance.keypoints.map(\.name) == SceneKeypoint.Name.allCases)
        for point in instance.keypoints {
          switch point.visibility {
          case .absent: #expect(point.x == 0 && point.y == 0)
          case .hidden:
            #expect(Int(scene.instanceMap[Int(point.x), Int(point.y)]) != position + 1)
          case .visible:
            visible += 1
            #expect(Int(scene.instanceMap[Int(point.x), Int(point.y)]) == position + 1)
            let box = instance.box
            switch point.name {
            case .top: #expect(point.y == box.top + 0.5)
            case .bottom: #expect(point.y == box.bottom - 0.5)
            case .left: #expect(point.x == box.left + 0.5)
            case .right: #expect(point.x == box.right - 0.5)
            case .centre:
              #expect(point.x > box.left && point.x < box.right)
              #expect(point.y > box.top && point.y < box.bottom)
            }
          }
        }
      }
    }
    #expect(visible > 200)
  }

  @Test func heldOutCombinationsNeverTrain() {
    #expect(SceneCategory.allCases.count == 40)
    #expect(SceneCategory.allCases.map(\.id) == Array(1...40))
    #expect(Set(SceneCategory.heldOut.map(\.shape)).count == 5)
    let small = SceneWorld(seed: 3, size: 48)
    var shapes = Set<SceneShape>()
    var colours = Set<SceneColour>()
    for index in 0..<150 {
      for split in [SceneSplit.train, .val] {
        for instance in small.scene(split: split, index: index).instances {
          #expect(!SceneCategory.heldOut.contains(instance.category))
          shapes.insert(instance.shape)
          colours.insert(instance.colour)
        }
      }
    }
    #expect(shapes.count == 5 && colours.count == 8)
    for index in 0..<60 {
      let scene = small.scene(split: .valUnseen, index: index)
      #expect(scene.instances.contains { SceneCategory.heldOut.contains($0.category) })
    }
  }

  @Test func nothingLooksLikeADrawnBox() {
    for index in 0..<40 {
      let picture = Self.world.scene(split: .valUnseen, index: index).picture
      var nearest = Int.max
      for pixel in 0..<(picture.width * picture.height) {
        let (red, green, blue) = (
          Int(picture.pixels[3 * pixel]), Int(picture.pixels[3 * pixel + 1]),
          Int(picture.pixels[3 * pixel + 2])
        )
        nearest = min(nearest, red * red + green * green + (255 - blue) * (255 - blue))
      }
      #expect(nearest > 120 * 120)
    }
  }

  @Test func objectsAreMostlySixteenToSeventyPixels() {
    let world = SceneWorld(seed: 2)
    var sides: [Double] = []
    for index in 0..<60 {
      for instance in world.scene(split: .train, index: index).instances {
        sides.append(max(instance.box.width, instance.box.height))
      }
    }
    let usual = sides.filter { (16...72).contains($0) }.count
    #expect(Double(usual) > 0.93 * Double(sides.count))
  }
}
