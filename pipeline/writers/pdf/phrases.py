"""Phrases of the step sheet in other languages: a row each, English first, then `LANGUAGES` in their order.

A slot in braces is filled with what stands at its place: parts, a colour, or a phrase of this table. A new language is
one more name in `LANGUAGES` and the tables below it, and one more column.
"""

LANGUAGES = ("de", "fr", "es", "zh")
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "zh": "中文"}
PLAYER_CODES = {"en": "eng", "de": "deu", "fr": "fra", "es": "spa", "zh": "zho"}  # ISO 639-2: of films' captions

# how a list is joined: between its items, before the last one, and between clauses
JOINS = {"en": (", ", " and ", ", "), "de": (", ", " und ", ", "), "fr": (", ", " et ", ", "), "es": (", ", " y ", ", "),
         "zh": ("、", "和", "，")}  # fmt: skip

# the longest one
GLUE = (
    "Print the next pages at 100 %, cut them along the dashed lines at their right and lower edge, and lay each over the "
    "grey edge of the next: crosses on crosses."
)
PAGES: dict[str, tuple[str, str, str, str]] = {
    "How {name} could be painted": (
        "So könnte {name} gemalt werden", "Comment {name} pourrait être peint", "Cómo se podría pintar {name}",
        "《{name}》可以这样画"),
    "a painting": ("ein Bild", "un tableau", "un cuadro", "一幅画"),
    "{n} steps, picked from {frames} frames": (
        "{n} Schritte, ausgewählt aus {frames} Bildern", "{n} étapes, choisies parmi {frames} images",
        "{n} pasos, elegidos de {frames} imágenes", "共{n}步，选自{frames}帧"),
    "About {time} of painting, drying not counted: a rule of thumb.": (
        "Etwa {time} Malzeit, ohne Trocknen: eine Faustregel.", "Environ {time} de peinture, sans le séchage : une règle empirique.",
        "Unas {time} de pintura, sin contar el secado: una regla aproximada.", "作画约需{time}，不含晾干时间：仅为估计。"),
    "{n} min": ("{n} min", "{n} min", "{n} min", "{n}分钟"),
    "{h} h": ("{h} h", "{h} h", "{h} h", "{h}小时"),
    "{h} h {n} min": ("{h} h {n} min", "{h} h {n} min", "{h} h {n} min", "{h}小时{n}分钟"),
    "about {time}": ("etwa {time}", "environ {time}", "unos {time}", "约{time}"),
    "medium": ("Technik", "technique", "técnica", "画材"),
    "canvas": ("Leinwand", "toile", "lienzo", "画布"),
    "paper": ("Papier", "papier", "papel", "画纸"),
    "brushes": ("Pinsel", "pinceaux", "pinceles", "画笔"),
    "paints": ("Farben", "couleurs", "pinturas", "颜料"),
    "What you need": ("Was du brauchst", "Ce qu'il faut", "Lo que necesitas", "准备"),
    "The steps": ("Die Schritte", "Les étapes", "Los pasos", "步骤"),
    "frame {n} of {frames}": ("Bild {n} von {frames}", "image {n} sur {frames}", "imagen {n} de {frames}", "第{n}帧，共{frames}帧"),
    "page {n} of {pages}": ("Seite {n} von {pages}", "page {n} sur {pages}", "página {n} de {pages}", "第{n}页，共{pages}页"),
    "predicted, not recorded": (
        "vorhergesagt, nicht aufgezeichnet", "prédit, non enregistré", "predicho, no grabado", "预测所得，并非实录"),
    "Grid": ("Raster", "Mise au carreau", "Cuadrícula", "方格"),
    "One square is {size} on your canvas ({sides}).": (
        "Ein Quadrat ist {size} auf deiner Leinwand ({sides}).", "Un carreau fait {size} sur votre toile ({sides}).",
        "Un cuadrado mide {size} en tu lienzo ({sides}).", "每格在画布上为{size}（画布{sides}）。"),
    "Outline to trace": ("Umriss zum Durchpausen", "Contours à décalquer", "Contornos para calcar", "描摹线稿"),
    "Bold: outlines of things. Thin: forms inside them.": (
        "Kräftig: Umrisse der Dinge. Dünn: Formen darin.", "Gras : contours des choses. Fin : formes intérieures.",
        "Grueso: contornos de las cosas. Fino: formas interiores.", "粗线：物体轮廓。细线：内部形体。"),
    "At its real size: print at 100 %.": (
        "In wahrer Größe: mit 100 % drucken.", "À la taille réelle : imprimer à 100 %.",
        "A tamaño real: imprimir al 100 %.", "原大：请按100 %打印。"),
    "Value study": ("Tonwertstudie", "Étude de valeurs", "Estudio de valores", "明暗素描稿"),
    "In three tones": ("In drei Tönen", "En trois valeurs", "En tres valores", "三个色阶"),
    "In five tones": ("In fünf Tönen", "En cinq valeurs", "En cinco valores", "五个色阶"),
    "Check them against yours with half-closed eyes.": (
        "Mit halb geschlossenen Augen mit dem eigenen Bild vergleichen.", "À comparer au vôtre, les yeux mi-clos.",
        "Compáralos con el tuyo entornando los ojos.", "眯起眼睛，与自己的画对照。"),
    "Outline at the size of your canvas: {columns} x {rows} pages": (
        "Umriss in der Größe deiner Leinwand: {columns} x {rows} Seiten",
        "Contours à la taille de votre toile : {columns} x {rows} pages",
        "Contornos al tamaño de tu lienzo: {columns} x {rows} páginas", "与画布等大的线稿：{columns}×{rows}页"),
    GLUE: (
        "Die nächsten Seiten mit 100 % drucken, rechts und unten an der gestrichelten Linie schneiden und über den grauen "
        "Rand der nächsten legen: Kreuz auf Kreuz.",
        "Imprimer les pages suivantes à 100 %, les couper à droite et en bas sur les pointillés, et poser chacune sur le "
        "bord gris de la suivante : croix sur croix.",
        "Imprime las páginas siguientes al 100 %, córtalas por la línea discontinua a la derecha y abajo, y pon cada una "
        "sobre el borde gris de la siguiente: cruz sobre cruz.",
        "后续各页按100 %打印，沿右侧和下侧虚线裁开，叠放在下一页的灰边上，十字对齐。"),
    "row {row}, column {column}": (
        "Zeile {row}, Spalte {column}", "rangée {row}, colonne {column}", "fila {row}, columna {column}", "第{row}行第{column}列"),
    "a touch of {paint}": ("eine Spur {paint}", "une pointe de {paint}", "un toque de {paint}", "少许{paint}"),
}  # fmt: skip

SENTENCES: dict[str, tuple[str, str, str, str]] = {
    "Sketch {parts}": ("Skizzieren: {parts}", "Esquisser : {parts}", "Esbozar: {parts}", "起稿：{parts}"),
    "Go on sketching {parts}": (
        "Weiter skizzieren: {parts}", "Continuer l'esquisse : {parts}", "Seguir esbozando: {parts}", "继续起稿：{parts}"),
    "Lay a pale wash over {parts}": (
        "Zart lavieren: {parts}", "Poser un lavis clair : {parts}", "Dar una aguada clara: {parts}", "铺淡彩：{parts}"),
    "Go on with the wash over {parts}": (
        "Weiter lavieren: {parts}", "Continuer le lavis : {parts}", "Seguir con la aguada: {parts}", "继续铺淡彩：{parts}"),
    "Fill {parts}: flat colour inside the lines": (
        "Flächig füllen, innerhalb der Linien: {parts}", "Remplir en aplat, dans les lignes : {parts}",
        "Rellenar de color plano, dentro de las líneas: {parts}", "在线内平涂：{parts}"),
    "Go on filling {parts}, inside the lines": (
        "Weiter füllen, innerhalb der Linien: {parts}", "Continuer à remplir, dans les lignes : {parts}",
        "Seguir rellenando, dentro de las líneas: {parts}", "继续在线内平涂：{parts}"),
    "Block in {parts}: flat colour": (
        "Flächig anlegen: {parts}", "Poser en aplat : {parts}", "Manchar en plano: {parts}", "铺大色块：{parts}"),
    "Go on blocking in {parts}": (
        "Weiter anlegen: {parts}", "Continuer les aplats : {parts}", "Seguir manchando: {parts}", "继续铺色：{parts}"),
    "Model {parts}: second tones, light and shadow": (
        "Modellieren, zweite Töne, Licht und Schatten: {parts}", "Modeler, seconds tons, ombre et lumière : {parts}",
        "Modelar, segundos tonos, luz y sombra: {parts}", "塑造明暗与中间色：{parts}"),
    "Go on modelling {parts}": (
        "Weiter modellieren: {parts}", "Continuer à modeler : {parts}", "Seguir modelando: {parts}", "继续塑造：{parts}"),
    "Soften {parts}: blend, lose some edges": (
        "Weich machen, vertreiben, Kanten auflösen: {parts}", "Adoucir, fondre, perdre des contours : {parts}",
        "Suavizar, fundir, perder bordes: {parts}", "柔化、晕接、虚边：{parts}"),
    "Go on softening {parts}": (
        "Weiter weich machen: {parts}", "Continuer à adoucir : {parts}", "Seguir suavizando: {parts}", "继续柔化：{parts}"),
    "Finish {parts}: details and highlights": (
        "Fertig malen, Einzelheiten und Glanzlichter: {parts}", "Finir, détails et lumières : {parts}",
        "Terminar, detalles y brillos: {parts}", "收尾，细节与高光：{parts}"),
    "Go on finishing {parts}": (
        "Weiter fertig malen: {parts}", "Continuer à finir : {parts}", "Seguir terminando: {parts}", "继续收尾：{parts}"),
    "Tone the whole canvas {colour}, and let it dry": (
        "Die ganze Leinwand tönen und trocknen lassen: {colour}", "Teinter toute la toile et laisser sécher : {colour}",
        "Dar un tono a todo el lienzo y dejar secar: {colour}", "整块画布刷底色并晾干：{colour}"),
    "Take paper of this tone: {colour}": (
        "Papier in diesem Ton nehmen: {colour}", "Prendre un papier de ce ton : {colour}",
        "Tomar papel de este tono: {colour}", "选用此色的纸：{colour}"),
    "Fill the whole canvas: {colour}": (
        "Die ganze Fläche füllen: {colour}", "Remplir toute la toile : {colour}", "Rellenar todo el lienzo: {colour}",
        "填满整个画面：{colour}"),
    "Begin on the white canvas": (
        "Auf der weißen Leinwand beginnen", "Commencer sur la toile blanche", "Empezar sobre el lienzo blanco", "从白画布开始"),
    "Begin on white paper": (
        "Auf weißem Papier beginnen", "Commencer sur papier blanc", "Empezar sobre papel blanco", "从白纸开始"),
    "Sketch the outlines": ("Die Umrisse skizzieren", "Esquisser les contours", "Esbozar los contornos", "画出轮廓"),
    "Go on sketching the outlines": (
        "Die Umrisse weiter skizzieren", "Continuer l'esquisse des contours", "Seguir esbozando los contornos", "继续画轮廓"),
    "Look over the whole picture: last touches": (
        "Das ganze Bild durchsehen: letzte Striche", "Revoir tout le tableau : dernières touches",
        "Repasar todo el cuadro: últimos toques", "通观全画，最后润色"),
    "Go over some of {parts} too": (
        "Auch hier etwas nacharbeiten: {parts}", "Reprendre aussi un peu : {parts}", "Repasar también algo: {parts}",
        "也稍作修整：{parts}"),
    "Work on {parts}": ("Weiterarbeiten: {parts}", "Travailler : {parts}", "Trabajar: {parts}", "继续画：{parts}"),
    "Small touches": ("Kleine Striche", "Petites touches", "Pequeños toques", "小处点缀"),
    "Small touches on {parts}": (
        "Kleine Striche: {parts}", "Petites touches : {parts}", "Pequeños toques: {parts}", "小处点缀：{parts}"),
    "Let the thin paint set": (
        "Die dünne Farbe anziehen lassen", "Laisser prendre la peinture maigre", "Dejar asentar la pintura fina", "待薄色稍干"),
    "Let it dry": ("Trocknen lassen", "Laisser sécher", "Dejar secar", "晾干"),
    "Ink the lines of {parts}": (
        "Die Linien tuschen: {parts}", "Encrer les lignes : {parts}", "Entintar las líneas: {parts}", "勾墨线：{parts}"),
    "Let it run on where {parts} will be": (
        "Weiterlaufen lassen, wo noch kommt: {parts}", "Déborder là où viendront : {parts}",
        "Seguir por donde irán: {parts}", "颜色铺过以后要画的地方：{parts}"),
    "over the edge of {parts}": (
        "über den Rand (dahinter: {parts})", "par-dessus le bord (derrière : {parts})",
        "por encima del borde (detrás: {parts})", "压过后面的边缘（{parts}）"),
    "which goes on behind": (
        "die Farbe läuft dahinter weiter", "la couleur continue derrière", "el color sigue por detrás", "后面的颜色延伸到其下"),
    "reflections included": ("mit Spiegelungen", "reflets compris", "reflejos incluidos", "包括倒影"),
    "then {work}": ("dann {work}", "puis {work}", "luego {work}", "然后{work}"),
    "lines": ("Linien", "lignes", "líneas", "线条"),
    "a pale wash": ("zarte Lavur", "lavis clair", "aguada clara", "淡彩"),
    "flat colour": ("flache Farbe", "aplat", "color plano", "平涂"),
    "the rest of the flat colour": ("Rest der flachen Farbe", "reste de l'aplat", "resto del color plano", "其余平涂"),
    "light and shadow": ("Licht und Schatten", "ombre et lumière", "luz y sombra", "明暗"),
    "soft edges": ("weiche Kanten", "contours fondus", "bordes suaves", "虚边"),
    "details": ("Einzelheiten", "détails", "detalles", "细节"),
}  # fmt: skip

BRUSHES: dict[str, tuple[str, str, str, str]] = {
    "flat bristle brush": ("flacher Borstenpinsel", "brosse plate en soie", "brocha plana de cerda", "扁头猪鬃笔"),
    "round brush": ("Rundpinsel", "pinceau rond", "pincel redondo", "圆头笔"),
    "pointed round brush": ("spitzer Rundpinsel", "pinceau rond pointu", "pincel redondo de punta", "尖头圆笔"),
    "dry soft brush": ("trockener weicher Pinsel", "pinceau doux et sec", "pincel suave seco", "干软毛笔"),
    "hard round brush": ("harter runder Pinsel", "brosse ronde dure", "pincel redondo duro", "硬边圆笔刷"),
    "soft round brush": ("weicher runder Pinsel", "brosse ronde douce", "pincel redondo suave", "柔边圆笔刷"),
    "wash brush": ("Lavierpinsel", "pinceau à lavis", "pincel de aguada", "渲染笔"),
    "pen or brush tip": ("Feder oder Pinselspitze", "plume ou pointe du pinceau", "pluma o punta del pincel", "钢笔或笔尖"),
    "brush or fill tool": (
        "Pinsel oder Füllwerkzeug", "pinceau ou outil de remplissage", "pincel o herramienta de relleno", "画笔或填充工具"),
    "sharp pencil": ("spitzer Bleistift", "crayon bien taillé", "lápiz afilado", "削尖的铅笔"),
    "pencil": ("Bleistift", "crayon", "lápiz", "铅笔"),
    "pencil's side and a stump": (
        "Breitseite des Stifts und Wischer", "flanc du crayon et estompe", "lado del lápiz y difumino", "铅笔侧锋与擦笔"),
    "paper stump": ("Papierwischer", "estompe en papier", "difumino de papel", "纸擦笔"),
    "smooth the hatching until the grain closes": (
        "die Schraffur glätten, bis sich das Korn schließt", "lisser les hachures jusqu'à fermer le grain",
        "alisar la trama hasta cerrar el grano", "把排线擦匀，直到纸纹闭合"),
    "nib or brush pen": ("Feder oder Pinselstift", "plume ou feutre pinceau", "plumilla o rotulador pincel", "蘸水笔或软头笔"),
    "broad {brush}": ("{brush}, breit", "{brush}, large", "{brush}, ancho", "大号{brush}"),
    "middle-sized {brush}": ("{brush}, mittelgroß", "{brush}, moyen", "{brush}, mediano", "中号{brush}"),
    "small {brush}": ("{brush}, klein", "{brush}, petit", "{brush}, pequeño", "小号{brush}"),
    "fine {brush}": ("{brush}, fein", "{brush}, fin", "{brush}, fino", "细{brush}"),
    "{size} where it is narrow": (
        "{size} an schmalen Stellen", "{size} dans les endroits étroits", "{size} en lo estrecho", "窄处用{size}"),
    "thinned paint": ("verdünnte Farbe", "peinture diluée", "pintura diluida", "稀释的颜料"),
    "blend while the paint is wet": (
        "vertreiben, solange die Farbe nass ist", "fondre dans le frais", "fundir mientras está húmedo", "趁湿晕接"),
    "drop more colour into the wet wash": (
        "mehr Farbe in die nasse Lavur tropfen", "ajouter de la couleur dans le lavis humide",
        "añadir color en la aguada húmeda", "在湿色上滴入更多颜色"),
    "moist": ("feucht", "humide", "húmedo", "半湿"),
    "on dry paper": ("auf trockenem Papier", "sur papier sec", "sobre papel seco", "干纸上"),
    "press in the middle": ("in der Mitte drücken", "appuyer au milieu", "apretar en el medio", "中间用力"),
    "lift at the ends": ("an den Enden abheben", "lever aux extrémités", "levantar en los extremos", "两端轻提"),
    "one even colour each": ("je eine gleichmäßige Farbe", "une couleur unie chacune", "un color uniforme cada una", "每块一种匀色"),
    "smudge it to a soft tone": ("zu weichem Ton verwischen", "estomper en ton doux", "difuminar a un tono suave", "擦成柔和的调子"),
    "light pressure": ("leichter Druck", "légère pression", "presión ligera", "轻压"),
    "medium pressure": ("mittlerer Druck", "pression moyenne", "presión media", "中等力度"),
    "firm pressure": ("kräftiger Druck", "pression ferme", "presión firme", "重压"),
    "{n} % opacity": ("{n} % Deckkraft", "opacité {n} %", "opacidad {n} %", "不透明度{n} %"),
    "thin paint: what is below shines through": (
        "dünne Farbe: was darunter ist, scheint durch", "peinture maigre : le dessous transparaît",
        "pintura fina: lo de abajo se transparenta", "薄涂，透出底色"),
    "opaque paint": ("deckende Farbe", "peinture couvrante", "pintura opaca", "厚涂"),
    "very wet": ("sehr nass", "très mouillé", "muy húmedo", "很湿"),
    "wet": ("nass", "mouillé", "húmedo", "湿"),
    "edges run soft": ("Ränder laufen weich aus", "bords fondus", "bordes que se difuminan", "边缘自然晕开"),
    "crisp edges": ("scharfe Ränder", "bords nets", "bordes nítidos", "边缘清晰"),
    "{n} in {k} layers: let one dry before the next": (
        "{n} in {k} Schichten: jede trocknen lassen", "{n} en {k} couches : laisser sécher chacune",
        "{n} en {k} capas: dejar secar cada una", "{n}，分{k}层：每层晾干再画"),
    "{n} side by side": ("{n} nebeneinander", "{n} côte à côte", "{n} lado a lado", "{n}，并排"),
    "about {n}": ("etwa {n}", "environ {n}", "cerca de {n}", "约{n}"),
    "many {n}": ("viele {n}", "beaucoup de {n}", "gran número de {n}", "许多{n}"),
    "short {n}": ("kurze {n}", "{n} courtes", "{n} cortas", "短{n}"),
    "long {n}": ("lange {n}", "{n} longues", "{n} largas", "长{n}"),
    "small {n}": ("kleine {n}", "petits {n}", "{n} pequeñas", "小{n}"),
    "stroke": ("Strich", "touche", "pincelada", "笔触"), "strokes": ("Striche", "touches", "pinceladas", "笔触"),
    "line": ("Linie", "ligne", "línea", "线条"),
    "touch": ("Tupfer", "touche", "toque", "轻点"), "touches": ("Tupfer", "touches", "toques", "轻点"),
    "wash": ("Lavur", "lavis", "aguada", "渲染"), "washes": ("Lavuren", "lavis", "aguadas", "渲染"),
    "flat shape": ("Fläche", "aplat", "mancha plana", "色块"), "flat shapes": ("Flächen", "aplats", "manchas planas", "色块"),
    "hatching line": ("Schraffurlinie", "hachure", "línea de trama", "排线"),
    "hatching lines": ("Schraffurlinien", "hachures", "líneas de trama", "排线"),
    "from left to right": ("von links nach rechts", "de gauche à droite", "de izquierda a derecha", "从左到右"),
    "from right to left": ("von rechts nach links", "de droite à gauche", "de derecha a izquierda", "从右到左"),
    "downwards to the right": ("nach rechts unten", "vers le bas à droite", "hacia abajo a la derecha", "向右下"),
    "downwards to the left": ("nach links unten", "vers le bas à gauche", "hacia abajo a la izquierda", "向左下"),
    "upwards to the left": ("nach links oben", "vers le haut à gauche", "hacia arriba a la izquierda", "向左上"),
    "upwards to the right": ("nach rechts oben", "vers le haut à droite", "hacia arriba a la derecha", "向右上"),
    "downwards": ("nach unten", "vers le bas", "hacia abajo", "向下"),
    "upwards": ("nach oben", "vers le haut", "hacia arriba", "向上"),
    "mostly {way}": ("meist {way}", "surtout {way}", "sobre todo {way}", "多为{way}"),
    "along the form": ("der Form nach", "en suivant la forme", "siguiendo la forma", "顺着形体"),
    "in all directions": ("in alle Richtungen", "en tous sens", "en todas direcciones", "各个方向"),
    "crossing each other": ("sich kreuzend", "croisées", "cruzadas", "互相交叉"),
    "then {more}": ("dann {more}", "puis {more}", "luego {more}", "再用{more}"),
}  # fmt: skip

MATERIALS: dict[str, tuple[str, str, str, str]] = {
    "oil paint": ("Ölfarbe", "peinture à l'huile", "óleo", "油画颜料"),
    "gouache, or a painting program": (
        "Gouache oder ein Malprogramm", "gouache, ou un logiciel de peinture", "gouache o un programa de pintura",
        "水粉，或绘画软件"),
    "watercolour": ("Aquarell", "aquarelle", "acuarela", "水彩"),
    "ink and flat colour": ("Tusche und flache Farbe", "encre et aplats", "tinta y color plano", "墨线加平涂"),
    "pencil or charcoal": ("Bleistift oder Kohle", "crayon ou fusain", "lápiz o carboncillo", "铅笔或炭笔"),
    "primed white": ("weiß grundiert", "apprêt blanc", "imprimado blanco", "白色底"),
    "primed": ("grundiert", "apprêtée", "imprimado", "已上底"),
    "toned {colour}": ("getönt: {colour}", "teintée : {colour}", "entonado: {colour}", "底色：{colour}"),
    "filled {colour}": ("gefüllt: {colour}", "remplie : {colour}", "relleno: {colour}", "填色：{colour}"),
    "big masses first, then forms, then details": (
        "erst große Massen, dann Formen, dann Einzelheiten", "d'abord les masses, puis les formes, puis les détails",
        "primero las masas, luego las formas, luego los detalles", "先大块，再形体，后细节"),
    "one thing after the other": ("ein Ding nach dem anderen", "une chose après l'autre", "una cosa tras otra", "逐一画各物"),
    "one thing after the other, from far to near": (
        "ein Ding nach dem anderen, von fern nach nah", "une chose après l'autre, du lointain au proche",
        "una cosa tras otra, de lejos a cerca", "由远及近，逐一画各物"),
    "lines first, then flat colours, then light": (
        "erst Linien, dann Flächen, dann Licht", "d'abord les lignes, puis les aplats, puis la lumière",
        "primero las líneas, luego los planos, luego la luz", "先线条，再平涂，后光影"),
    "washes": ("Lavuren", "lavis", "aguadas", "渲染"),
    "washes, from light to dark": (
        "Lavuren, von hell nach dunkel", "lavis, du clair au foncé", "aguadas, de claro a oscuro", "渲染，由浅入深"),
    "one whole shape after the other": ("eine Form nach der anderen", "une forme après l'autre", "una forma tras otra", "逐一画各形"),
    "one whole shape after the other, from back to front, then shadows and lines": (
        "eine ganze Form nach der anderen, von hinten nach vorn, dann Schatten und Linien",
        "une forme entière après l'autre, de l'arrière à l'avant, puis ombres et lignes",
        "una forma entera tras otra, de atrás adelante, luego sombras y líneas", "由后到前逐一画整形，再画阴影和线条"),
    "a contour first, then tone in layers": (
        "erst die Kontur, dann Ton in Schichten", "d'abord le contour, puis le ton par couches",
        "primero el contorno, luego el tono en capas", "先轮廓，再分层上调子"),
    "a contour first, then tone in layers, from light to dark": (
        "erst die Kontur, dann Ton in Schichten, von hell nach dunkel",
        "d'abord le contour, puis le ton par couches, du clair au foncé",
        "primero el contorno, luego el tono en capas, de claro a oscuro", "先轮廓，再由浅入深分层上调子"),
}  # fmt: skip

PAINTS: dict[str, tuple[str, str, str, str]] = {
    "titanium white": ("Titanweiß", "blanc de titane", "blanco de titanio", "钛白"),
    "white": ("Weiß", "blanc", "blanco", "白"),
    "ivory black": ("Elfenbeinschwarz", "noir d'ivoire", "negro de marfil", "象牙黑"),
    "black": ("Schwarz", "noir", "negro", "黑"),
    "yellow ochre": ("Lichter Ocker", "ocre jaune", "ocre amarillo", "土黄"),
    "ochre": ("Ocker", "ocre", "ocre", "土黄"),
    "raw sienna": ("Siena natur", "terre de Sienne naturelle", "tierra de Siena natural", "生赭"),
    "burnt sienna": ("Siena gebrannt", "terre de Sienne brûlée", "tierra de Siena tostada", "熟赭"),
    "raw umber": ("Umbra natur", "terre d'ombre naturelle", "sombra natural", "生褐"),
    "burnt umber": ("Umbra gebrannt", "terre d'ombre brûlée", "sombra tostada", "熟褐"),
    "venetian red": ("Venezianischrot", "rouge de Venise", "rojo de Venecia", "威尼斯红"),
    "lemon yellow": ("Zitronengelb", "jaune citron", "amarillo limón", "柠檬黄"),
    "cadmium yellow": ("Kadmiumgelb", "jaune de cadmium", "amarillo de cadmio", "镉黄"),
    "cadmium orange": ("Kadmiumorange", "orange de cadmium", "naranja de cadmio", "镉橙"),
    "cadmium red": ("Kadmiumrot", "rouge de cadmium", "rojo de cadmio", "镉红"),
    "quinacridone rose": ("Chinacridonrosa", "rose quinacridone", "rosa quinacridona", "喹吖啶酮玫瑰红"),
    "rose": ("Rosa", "rose", "rosa", "玫瑰红"),
    "dioxazine violet": ("Dioxazinviolett", "violet dioxazine", "violeta dioxazina", "二恶嗪紫"),
    "violet": ("Violett", "violet", "violeta", "紫"),
    "ultramarine blue": ("Ultramarinblau", "bleu outremer", "azul ultramar", "群青"),
    "ultramarine": ("Ultramarin", "outremer", "ultramar", "群青"),
    "cobalt blue": ("Kobaltblau", "bleu de cobalt", "azul cobalto", "钴蓝"),
    "cerulean blue": ("Coelinblau", "bleu céruléum", "azul cerúleo", "天蓝"),
    "cerulean": ("Coelin", "céruléum", "cerúleo", "天蓝"),
    "phthalo blue": ("Phthaloblau", "bleu phtalo", "azul ftalo", "酞菁蓝"),
    "viridian": ("Chromoxidgrün feurig", "vert émeraude", "verde viridiana", "翠绿"),
    "sap green": ("Saftgrün", "vert de vessie", "verde vejiga", "树汁绿"),
}  # fmt: skip

# a thing by itself, and several of them
PARTS: dict[str, tuple[str, str, str, str]] = {
    "background": ("Hintergrund", "fond", "fondo", "背景"), "hair": ("Haare", "cheveux", "pelo", "头发"),
    "clothes": ("Kleidung", "vêtements", "ropa", "衣服"), "eyebrows": ("Augenbrauen", "sourcils", "cejas", "眉毛"),
    "eyes": ("Augen", "yeux", "ojos", "眼睛"), "nose": ("Nase", "nez", "nariz", "鼻子"),
    "mouth": ("Mund", "bouche", "boca", "嘴"), "face": ("Gesicht", "visage", "cara", "脸"),
    "body": ("Körper", "corps", "cuerpo", "身体"), "features": ("Gesichtszüge", "traits du visage", "rasgos", "五官"),
    "sky": ("Himmel", "ciel", "cielo", "天空"), "mountain": ("Berg", "montagne", "montaña", "山"),
    "mountains": ("Berge", "montagnes", "montañas", "山"), "water": ("Wasser", "eau", "agua", "水面"),
    "ground": ("Boden", "sol", "suelo", "地面"), "grass": ("Gras", "herbe", "hierba", "草地"),
    "tree": ("Baum", "arbre", "árbol", "树"), "trees": ("Bäume", "arbres", "árboles", "树"),
    "plant": ("Pflanze", "plante", "planta", "植物"), "plants": ("Pflanzen", "plantes", "plantas", "植物"),
    "rock": ("Fels", "rocher", "roca", "岩石"), "rocks": ("Felsen", "rochers", "rocas", "岩石"),
    "building": ("Gebäude", "bâtiment", "edificio", "建筑"), "buildings": ("Gebäude", "bâtiments", "edificios", "建筑"),
    "wall": ("Wand", "mur", "pared", "墙"), "walls": ("Wände", "murs", "paredes", "墙"),
    "person": ("Person", "personne", "persona", "人"), "people": ("Personen", "personnes", "personas", "人物"),
    "animal": ("Tier", "animal", "animal", "动物"), "animals": ("Tiere", "animaux", "animales", "动物"),
    "vehicle": ("Fahrzeug", "véhicule", "vehículo", "车船"), "vehicles": ("Fahrzeuge", "véhicules", "vehículos", "车船"),
    "furniture": ("Möbel", "meuble", "mueble", "家具"), "object": ("Gegenstand", "objet", "objeto", "物体"),
    "objects": ("Gegenstände", "objets", "objetos", "物体"), "part": ("Teil", "partie", "parte", "部分"),
    "parts": ("Teile", "parties", "partes", "部分"),
    "far {part}": ("{part} hinten", "{part} au loin", "{part} al fondo", "远处的{part}"),
    "middle {part}": ("{part} in der Mitte", "{part} au milieu", "{part} en medio", "中间的{part}"),
    "near {part}": ("{part} vorn", "{part} au premier plan", "{part} en primer plano", "近处的{part}"),
    "{colour} {part}": ("{part} ({colour})", "{part} ({colour})", "{part} ({colour})", "{colour}{part}"),
    "{n} more": ("{n} weitere", "{n} de plus", "{n} más", "另外{n}处"),
    "upper left": ("oben links", "en haut à gauche", "arriba a la izquierda", "左上"),
    "top": ("oben", "en haut", "arriba", "上方"), "bottom": ("unten", "en bas", "abajo", "下方"),
    "upper right": ("oben rechts", "en haut à droite", "arriba a la derecha", "右上"),
    "left": ("links", "à gauche", "a la izquierda", "左边"), "middle": ("Mitte", "au milieu", "en el medio", "中间"),
    "right": ("rechts", "à droite", "a la derecha", "右边"),
    "lower left": ("unten links", "en bas à gauche", "abajo a la izquierda", "左下"),
    "lower right": ("unten rechts", "en bas à droite", "abajo a la derecha", "右下"),
}  # fmt: skip

COLOURS: dict[str, tuple[str, str, str, str]] = {
    "very dark {colour}": ("sehr dunkles {colour}", "{colour} très foncé", "{colour} muy oscuro", "很深的{colour}"),
    "less dark {colour}": ("weniger dunkles {colour}", "{colour} moins foncé", "{colour} menos oscuro", "稍深的{colour}"),
    "very light {colour}": ("sehr helles {colour}", "{colour} très clair", "{colour} muy claro", "很浅的{colour}"),
    "less light {colour}": ("weniger helles {colour}", "{colour} moins clair", "{colour} menos claro", "稍浅的{colour}"),
    "very pale {colour}": ("sehr blasses {colour}", "{colour} très pâle", "{colour} muy pálido", "很淡的{colour}"),
    "less pale {colour}": ("weniger blasses {colour}", "{colour} moins pâle", "{colour} menos pálido", "稍淡的{colour}"),
    "darker {colour}": ("dunkleres {colour}", "{colour} plus foncé", "{colour} más oscuro", "较深的{colour}"),
    "lighter {colour}": ("helleres {colour}", "{colour} plus clair", "{colour} más claro", "较浅的{colour}"),
    "broken {colour}": ("gebrochenes {colour}", "{colour} rompu", "{colour} quebrado", "偏灰的{colour}"),
    "clean {colour}": ("reines {colour}", "{colour} pur", "{colour} limpio", "纯净的{colour}"),
    "dark {colour}": ("dunkles {colour}", "{colour} foncé", "{colour} oscuro", "深{colour}"),
    "light {colour}": ("helles {colour}", "{colour} clair", "{colour} claro", "浅{colour}"),
    "pale {colour}": ("blasses {colour}", "{colour} pâle", "{colour} pálido", "淡{colour}"),
    "dusty {colour}": ("gedämpftes {colour}", "{colour} éteint", "{colour} apagado", "灰{colour}"),
    "{colour} pencil or chalk": ("{colour}: Stift oder Kreide", "{colour} : crayon ou craie", "{colour}: lápiz o tiza", "{colour}铅笔或粉笔"),
    "graphite pencil": ("Graphitstift", "crayon graphite", "lápiz de grafito", "石墨铅笔"),
    "black": ("Schwarz", "noir", "negro", "黑色"), "white": ("Weiß", "blanc", "blanco", "白色"),
    "off-black": ("gebrochenes Schwarz", "noir cassé", "negro roto", "近黑色"),
    "off-white": ("gebrochenes Weiß", "blanc cassé", "blanco roto", "米白色"),
    "grey": ("Grau", "gris", "gris", "灰色"), "warm grey": ("warmes Grau", "gris chaud", "gris cálido", "暖灰色"),
    "cool grey": ("kühles Grau", "gris froid", "gris frío", "冷灰色"), "rose-grey": ("Rosagrau", "gris rosé", "gris rosado", "玫瑰灰"),
    "green-grey": ("Grüngrau", "gris vert", "gris verdoso", "绿灰色"),
    "mauve-grey": ("Malvengrau", "gris mauve", "gris malva", "紫灰色"),
    "pink": ("Rosa", "rose", "rosa", "粉红色"), "rose": ("Rosenrot", "vieux rose", "rosa fuerte", "玫瑰红"),
    "salmon": ("Lachsrosa", "saumon", "salmón", "肉粉色"), "red": ("Rot", "rouge", "rojo", "红色"),
    "red-brown": ("Rotbraun", "brun rouge", "marrón rojizo", "红褐色"), "peach": ("Pfirsich", "pêche", "melocotón", "桃色"),
    "orange": ("Orange", "orange", "naranja", "橙色"), "brown": ("Braun", "brun", "marrón", "褐色"),
    "cream": ("Creme", "crème", "crema", "奶油色"), "ochre": ("Ocker", "ocre", "ocre", "赭色"),
    "yellow": ("Gelb", "jaune", "amarillo", "黄色"), "olive": ("Oliv", "olive", "oliva", "橄榄色"),
    "green": ("Grün", "vert", "verde", "绿色"), "blue-green": ("Blaugrün", "bleu-vert", "verde azulado", "蓝绿色"),
    "blue": ("Blau", "bleu", "azul", "蓝色"), "lilac": ("Flieder", "lilas", "lila", "淡紫色"),
    "violet": ("Violett", "violet", "violeta", "紫色"), "purple": ("Purpur", "pourpre", "púrpura", "紫红色"),
    "tan": ("Hellbraun", "fauve", "tostado", "黄褐色"), "sand": ("Sandgelb", "sable", "arena", "沙色"),
    "khaki": ("Khaki", "kaki", "caqui", "卡其色"), "grey-green": ("Graugrün", "vert gris", "verde grisáceo", "灰绿色"),
    "grey-blue": ("Graublau", "bleu gris", "azul grisáceo", "灰蓝色"),
    "grey-blue-green": ("Graublaugrün", "bleu-vert gris", "verde azulado grisáceo", "灰蓝绿色"),
    "grey-violet": ("Grauviolett", "violet gris", "violeta grisáceo", "灰紫色"),
}  # fmt: skip
