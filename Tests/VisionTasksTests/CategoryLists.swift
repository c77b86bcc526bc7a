/// Categories of the data sets that instructions are made for.
enum CategoryLists {
  static let coco = split(
    """
    person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant,
    stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra,
    giraffe, backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite,
    baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork,
    knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut,
    cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop, mouse, remote, keyboard,
    cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors,
    teddy bear, hair drier, toothbrush
    """)
  static let ade = split(
    """
    wall, building, sky, floor, tree, ceiling, road, windowpane, grass, cabinet, sidewalk, earth,
    door, table, mountain, plant, curtain, water, painting, sofa, shelf, house, sea, mirror, rug,
    field, armchair, seat, fence, desk, rock, wardrobe, lamp, bathtub, railing, cushion, base, box,
    column, signboard, chest of drawers, counter, sand, skyscraper, fireplace, grandstand, path,
    stairs, runway, case, pool table, pillow, screen door, stairway, river, bridge, bookcase, blind,
    coffee table, flower, hill, countertop, stove, palm, kitchen island, computer, swivel chair, bar,
    arcade machine, hovel, towel, light, tower, chandelier, awning, streetlight, booth,
    television receiver, dirt track, apparel, pole, land, bannister, escalator, ottoman, buffet,
    poster, stage, van, ship, fountain, conveyer belt, canopy, washer, plaything, swimming pool,
    stool, barrel, basket, waterfall, tent, bag, minibike, cradle, ball, food, step, tank,
    trade name, pot, animal, lake, dishwasher, screen, blanket, sculpture, hood, sconce, tray,
    ashcan, fan, pier, crt screen, plate, monitor, bulletin board, shower, radiator, glass, flag
    """)
  static let pets = split(
    """
    Abyssinian, Bengal, Birman, Bombay, British Shorthair, Egyptian Mau, Maine Coon, Persian,
    Ragdoll, Russian Blue, Siamese, Sphynx, american bulldog, american pit bull terrier, basset hound,
    beagle, boxer, chihuahua, english cocker spaniel, english setter, german shorthaired,
    great pyrenees, havanese, japanese chin, keeshond, leonberger, miniature pinscher, newfoundland,
    pomeranian, pug, saint bernard, samoyed, scottish terrier, shiba inu, staffordshire bull terrier,
    wheaten terrier, yorkshire terrier
    """)
  static let all = coco + ade + pets

  private static func split(_ text: String) -> [String] {
    text.split(separator: ",").map {
      $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
  }
}
