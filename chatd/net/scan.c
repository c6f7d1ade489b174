#include "net/scan.h"

/* Sums of the classes, a row of ASCII each; no other byte is in any. */
/* clang-format off */
const uint8_t scan_classes[256] = {
	/* ! " # $ % & ' ( ) * + , - . / */
	[0x20] = 0, 7, 2, 1, 7, 7, 7, 7, 6, 6, 7, 7, 2, 7, 7, 2,
	/* 0 1 2 3 4 5 6 7 8 9 : ; < = > ? */
	[0x30] = 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 2, 6, 2, 6, 2, 2,
	/* @ A B C D E F G H I J K L M N O */
	[0x40] = 2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	/* P Q R S T U V W X Y Z [ \ ] ^ _ */
	[0x50] = 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2, 2, 2, 3, 7,
	/* ` a b c d e f g h i j k l m n o */
	[0x60] = 3, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
	/* p q r s t u v w x y z { | } ~ */
	[0x70] = 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 2, 3, 2, 7, 0,
};
/* clang-format on */
